// Package job runs work that outlives a request: imports, exports, periodic tasks;
// and keeps the files that such work reads and leaves behind.
//
// Invariants: a job is claimed by one node at a time, under a lease that the node
// renews; progress is written in the transaction of the work it stands for, and
// refused to a node that lost its lease, so that a job whose node died goes on at
// its cursor and nothing is done twice; enqueueing commits or vanishes with the
// caller's transaction; a stop is asked for, never forced in the middle of a step.
//
// Not here: what any job does, and the outbox of messages (delivery), which has
// leases of its own.
package job
