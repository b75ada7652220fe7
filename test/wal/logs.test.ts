import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { NodeDisk } from "../../src/base/disk.ts";
import { FileLog } from "../../src/wal/file-log.ts";
import { MemoryLog, MemoryLogStore } from "../../src/wal/memory-log.ts";
import { SimDisk } from "../support/sim-disk.ts";
import { describeLog } from "./log-conformance.ts";

const progressMs = 10;

describeLog("the log in files, on a real disk", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "catalogd-wal-"));
  const disk = new NodeDisk();
  const options = { disk, directory: path.join(directory, "deep", "wal"), segmentBytes: 1024 };
  return {
    create: () => new FileLog({ ...options, progressMs }),
    destroy: () => rm(directory, { recursive: true }),
  };
});

describeLog("the log in files, on a simulated disk", async () => {
  const disk = new SimDisk();
  return {
    create: () => new FileLog({ disk, directory: "/wal", segmentBytes: 1024, progressMs }),
    destroy: async () => undefined,
  };
});

describeLog("the log in files whose segments have grown", async () => {
  const disk = new SimDisk();
  const directory = "/wal";
  // The first log has small segments and the later ones large: each file keeps its own size.
  let segmentBytes = 1024;
  return {
    create: () => {
      const log = new FileLog({ disk, directory, segmentBytes, progressMs });
      segmentBytes = 1 << 21;
      return log;
    },
    destroy: async () => undefined,
  };
});

describeLog("the log in memory", async () => {
  const store = new MemoryLogStore();
  return {
    create: () => new MemoryLog({ store, progressMs }),
    destroy: async () => undefined,
  };
});
