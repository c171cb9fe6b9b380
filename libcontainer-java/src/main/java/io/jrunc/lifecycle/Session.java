package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.state.StateStore;

/**
 * One command under way: its shim, its caller, its state root.
 *
 * @param channel to the launcher, which stands where the caller stands
 */
record Session(Channel channel, Caller caller, StateStore store, Notices notices) {}
