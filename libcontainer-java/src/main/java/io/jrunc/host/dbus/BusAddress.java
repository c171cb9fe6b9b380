package io.jrunc.host.dbus;

import java.nio.charset.StandardCharsets;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a bus listens, as {@code DBUS_SESSION_BUS_ADDRESS} says it.
 *
 * @param sockets paths to be tried in order; {@code @} begins a name without a file
 */
public record BusAddress(List<String> sockets)
{
    public BusAddress
    {
        sockets = List.copyOf(sockets);
    }

    /**
     * {@code unix:path=/run/user/1000/bus;unix:abstract=/tmp/x,guid=… → /run/user/1000/bus, @/tmp/x}. Transports other than these are
     * passed over.
     */
    public static BusAddress parse(String text)
    {
        List<String> sockets = new ArrayList<>();
        for (String address : text.split(";")) {
            if (!address.startsWith("unix:")) {
                continue;
            }
            for (String pair : address.substring("unix:".length()).split(",")) {
                if (pair.startsWith("path=")) {
                    sockets.add(unescape(pair.substring("path=".length())));
                }
                else if (pair.startsWith("abstract=")) {
                    sockets.add("@" + unescape(pair.substring("abstract=".length())));
                }
            }
        }
        return new BusAddress(sockets);
    }

    /** {@code %20} is a blank. What is no such escape stays as it is. */
    private static String unescape(String text)
    {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            int high = i + 2 < bytes.length && bytes[i] == '%' ? Character.digit(bytes[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
            if (low >= 0) {
                out.write(high << 4 | low);
                i += 2;
            }
            else {
                out.write(bytes[i]);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
