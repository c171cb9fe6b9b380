/**
 * The sync socket: frames, batches, answers and events, with descriptors.
 *
 * <p>Turns steps of a plan into bytes for the shim and its bytes into replies, events or an exception. Decides nothing and waits
 * never without a deadline. Wire format: docs/protocol.md and native-shim/src/frame.h.
 */
package io.jrunc.channel;
