/** pg-boss: a job queue whose queues are partitions that its functions make. */
import PgBoss from "pg-boss";
import { answersAsOnPostgres } from "../support/introspection.ts";

describe("pg-boss", () => {
  answersAsOnPostgres("pg-boss", async (connection) => {
    const boss = new PgBoss({ ...connection, schedule: false, supervise: false });
    await boss.start();
    try {
      await boss.createQueue("mail", { name: "mail", retryLimit: 1 });
      await boss.insert([
        { name: "mail", data: { to: "b" } },
        { name: "mail", data: { to: "a" }, priority: 5 },
      ]);
      const [first] = await boss.fetch<object>("mail");
      if (first) await boss.complete("mail", first.id, { sent: true });
      const [second] = await boss.fetch<object>("mail");
      if (second) await boss.fail("mail", second.id, { why: "no route" });
      const waiting = await boss.getQueueSize("mail");
      const done = first && (await boss.getJobById("mail", first.id));
      const failed = second && (await boss.getJobById("mail", second.id));
      await boss.schedule("mail", "5 * * * *", { daily: true });
      const schedules = await boss.getSchedules();
      await boss.unschedule("mail");
      await boss.purgeQueue("mail");
      await boss.createQueue("empty");
      const made = (await boss.getQueues()).map(({ name }) => name);
      await boss.deleteQueue("empty");
      return {
        fetched: [first?.data, second?.data],
        waiting,
        done: [done?.state, done?.output],
        failed: [failed?.state, failed?.output, failed?.retryCount],
        schedules: schedules.map(({ name, cron, data }) => ({ name, cron, data })),
        queues: [made, (await boss.getQueues()).map(({ name }) => name)],
        version: await boss.schemaVersion(),
      };
    } finally {
      await boss.stop({ graceful: false, wait: false });
    }
  });
});
