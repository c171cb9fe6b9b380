package io.jrunc.spec;

import java.util.Set;

/**
 * Scheduling attributes for sched_setattr(2). 0 means the same as not given. Source: OCI config.md#linux-process.
 *
 * @param nice -20 to 19 for OTHER and BATCH
 * @param priority static priority, for FIFO and RR only
 * @param runtime nanoseconds, unsigned, for DEADLINE only; likewise deadline and period
 */
public record Scheduler(SchedulerPolicy policy, int nice, int priority, Set<SchedulerFlag> flags, long runtime, long deadline,
        long period)
{
    public Scheduler
    {
        flags = Set.copyOf(flags);
        boolean fair = policy == SchedulerPolicy.OTHER || policy == SchedulerPolicy.BATCH;
        boolean realtime = policy == SchedulerPolicy.FIFO || policy == SchedulerPolicy.RR;
        boolean timed = runtime != 0 || deadline != 0 || period != 0;
        new Problems()
                .unless(!fair || nice >= -20 && nice <= 19, "nice",
                        "invalid scheduler.nice: " + nice + " when scheduler.policy is " + policy.word())
                .unless(priority == 0 || realtime, "priority",
                        "scheduler.priority can only be specified for SchedFIFO or SchedRR policy")
                .unless(!timed || policy == SchedulerPolicy.DEADLINE, "",
                        "scheduler runtime/deadline/period can only be specified for SchedDeadline policy")
                .throwIfAny();
    }

    /** The flags as sched_attr.sched_flags takes them. */
    public int flagBits()
    {
        return flags.stream().mapToInt(SchedulerFlag::bit).sum();
    }
}
