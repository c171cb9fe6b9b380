package io.jrunc.channel;

import io.jrunc.os.Fd;

/** What the shim says unasked. Numbers: {@code enum event} and {@code enum frame_type} of frame.h. */
public sealed interface Event
{
    /** The container's process ended. @param waitStatus as wait(2) gives it */
    record InitExit(int waitStatus) implements Event {}

    /** The user's program runs. */
    record Execed() implements Event {}

    /** The init closed its end without an answer; its exit follows. */
    record InitLost() implements Event {}

    /** The caller wants the command to end, before signals are forwarded. */
    record Signal(int signal) implements Event {}

    /** The init goes on in another process. @param process its pidfd, the receiver's to close */
    record Forked(int pid, Fd process) implements Event {}
}
