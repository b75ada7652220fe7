/** What vacuum is allowed, as it is at the moment. */
export interface VacuumLimits {
  /** Whether it works in the background. */
  readonly isOn: boolean;
  /** Epochs that stay readable behind the newest one. */
  readonly retainEpochs: number;
  /** For how many milliseconds what was there stays readable; 0 = for none. */
  readonly retainMs: number;
  /** The longest that other sessions are kept waiting by it. */
  readonly sliceMs: number;
  /** Pause between slices when nobody waits for the end. */
  readonly pauseMs: number;
  /** Ended versions that are worth a sweep, and the part of a relation that they must be. */
  readonly endedMin: number;
  readonly endedPart: number;
}

export const defaultVacuumLimits: VacuumLimits = {
  isOn: true,
  retainEpochs: 0,
  retainMs: 0,
  sliceMs: 2,
  pauseMs: 20,
  endedMin: 1_000,
  endedPart: 0.2,
};
