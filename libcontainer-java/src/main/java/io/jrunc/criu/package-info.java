/**
 * The language of criu: requests and answers of its RPC, and what it leaves in the image directory.
 *
 * <p>Turns options into messages and messages into records; starts nothing and decides nothing. Called by {@code lifecycle} for
 * checkpoint and restore alone, so that no other command loads it, nor the library that it uses. The numbers of the fields are those
 * of criu's images/rpc.proto.
 */
package io.jrunc.criu;
