/**
 * Decides what will be done, and in which order, to make a container or a process in one.
 *
 * <p>Turns a {@code Spec}, the caller's options and facts about the host into an immutable list of steps with reasons.
 * Pure: opens nothing, asks the kernel nothing. {@code PlanBuilder} shows the order of containment in one method.
 * {@code lifecycle} carries a plan out, {@code channel} puts its steps on the wire, {@code jrunc plan} prints it.
 */
package io.jrunc.plan;
