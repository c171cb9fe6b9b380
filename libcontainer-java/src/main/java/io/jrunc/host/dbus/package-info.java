/**
 * D-Bus, as much of it as systemd takes: calls and signals over a Unix socket.
 *
 * <p>Turns typed values into messages and back, and holds the conversation. Knows no method of anybody. Starts no thread and
 * reads no environment. Why it is our own: docs/decisions/0009-dbus.md. Source: D-Bus specification 0.43.
 */
package io.jrunc.host.dbus;
