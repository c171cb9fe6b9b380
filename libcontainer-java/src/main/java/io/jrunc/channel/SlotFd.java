package io.jrunc.channel;

import io.jrunc.os.Fd;

/** A descriptor on its way to the shim, and the slot under which steps name it there. It stays the sender's to close. */
public record SlotFd(int slot, Fd fd) {}
