/** The job that makes wanted copies and mends firsts. */
export const replicaTask = "backup.replicas";
/** The same for every customer, hourly: what a job has given up, and spaces whose plan has changed. */
export const replicaSweepTask = "backup.replica_sweep";
