import type { Job, JobJson, Worker, WorkerOptions } from "bullmq";

/** Makes workers whose jobs are fetched by hand, and that also hand out a job whose data is no JSON: as a text. */
export function defineRawWorker(bullmq: typeof import("bullmq")): (name: string, options: WorkerOptions) => Worker {
  class RawWorker extends bullmq.Worker {
    protected override createJob(data: JobJson, jobId: string): Job {
      try {
        return super.createJob(data, jobId);
      } catch {
        return super.createJob({ ...data, data: JSON.stringify(data.data) }, jobId);
      }
    }
  }
  return (name, options) => new RawWorker(name, null, { ...options, autorun: false });
}
