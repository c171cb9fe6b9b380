package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.state.StateStore;

import java.time.Duration;
import java.util.Optional;

/**
 * One command under way: its shim, its caller, its state root.
 *
 * @param channel to the launcher, which stands where the caller stands
 * @param provisions where the launcher got what it will need, which learns from what it does need; empty = it got nothing
 * @param linger how long to stay with a program that runs attached; empty = to its end
 */
record Session(Channel channel, Caller caller, StateStore store, Notices notices, Optional<Provisions> provisions, Optional<Duration> linger) {}
