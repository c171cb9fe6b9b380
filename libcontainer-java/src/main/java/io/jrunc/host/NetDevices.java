package io.jrunc.host;

import static io.jrunc.error.Errno.EEXIST;
import static io.jrunc.error.Errno.ENODEV;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.NamespaceCalls;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Network devices that move from the engine's network namespace into another one. Nobody moves them back: the kernel does that with
 * physical ones when the namespace goes, and ends the others. Source: OCI config-linux.md#network-devices.
 */
public final class NetDevices
{
    private static final int IFF_UP = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_BROADCAST = 4;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_RT_PRIORITY = 9;
    /** What describes an address and takes effect when it is added again. */
    private static final List<Integer> KEPT = List.of(IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY);
    private static final int IFA_F_PERMANENT = 0x80;
    /** nodad, homeaddress, managetempaddr, noprefixroute, mcautojoin: what an administrator says; the rest is the kernel's. */
    private static final int KEPT_FLAGS = 0x2 | 0x10 | 0x100 | 0x200 | 0x400;
    private static final int SCOPE_GLOBAL = 0;

    private NetDevices() {}

    /** A permanent address of global scope: it was given, not learned, so it goes along. */
    private record Address(int family, int prefix, int flags, Map<Integer, byte[]> attributes) {}

    /**
     * Moves one device, and sets it up there with the addresses that it had.
     *
     * @param name in the engine's namespace
     * @param newName there; {@code %d} is replaced by the first number that is free
     * @throws HostException when there is no such device, or the name is taken there; it may have moved when a later step failed
     */
    public static void move(String name, Fd namespace, String newName)
    {
        List<Address> addresses;
        Map<String, Integer> before = NamespaceCalls.visit(List.of(namespace), NetDevices::devices);
        if (before.containsKey(newName)) {
            throw taken(name, newName, null);
        }
        try (RouteSocket route = new RouteSocket()) {
            int index = find(route, name).orElseThrow(() -> new HostException("network device \"" + name + "\" does not exist on the host"));
            addresses = addresses(route, index, name);
            set(route, index, name, 0);
            // The name and the namespace at once: between two requests somebody else could take the name.
            route.ask("move network device", name, RouteMessage.link(RouteMessage.NEWLINK, RouteMessage.REQUEST | RouteMessage.ACK, route.next(), index, 0, 0)
                    .with(IFLA_NET_NS_FD, namespace.raw()).with(IFLA_IFNAME, newName));
        }
        catch (ErrnoException e) {
            if (e.is(EEXIST)) {
                throw taken(name, newName, e);
            }
            throw e;
        }
        NamespaceCalls.visit(List.of(namespace), () -> {
            settle(newName, before, addresses);
            return true;
        });
    }

    private static HostException taken(String name, String newName, ErrnoException cause)
    {
        return new HostException("network device \"" + name + "\" cannot become \"" + newName + "\": the container has a device of that name", cause);
    }

    private static void settle(String name, Map<String, Integer> before, List<Address> addresses)
    {
        try (RouteSocket route = new RouteSocket()) {
            int index = name.contains("%") ? newcomer(before) : find(route, name).orElseThrow(() -> new ErrnoException("find network device", name, ENODEV));
            for (Address address : addresses) {
                RouteMessage request = RouteMessage.address(RouteMessage.NEWADDR,
                        RouteMessage.REQUEST | RouteMessage.ACK | RouteMessage.CREATE | RouteMessage.EXCLUSIVE, route.next(),
                        address.family(), address.prefix(), address.flags() & 0xff, SCOPE_GLOBAL, index);
                KEPT.stream().filter(address.attributes()::containsKey).forEach(number -> request.with(number, address.attributes().get(number)));
                route.ask("add an address to network device", name, request.with(IFA_FLAGS, address.flags()));
            }
            set(route, index, name, IFF_UP);
        }
    }

    private static void set(RouteSocket route, int index, String name, int flags)
    {
        route.ask(flags == 0 ? "set network device down" : "set network device up", name,
                RouteMessage.link(RouteMessage.NEWLINK, RouteMessage.REQUEST | RouteMessage.ACK, route.next(), index, flags, IFF_UP));
    }

    private static OptionalInt find(RouteSocket route, String name)
    {
        try {
            List<RouteMessage.Answer> answers = route.ask("find network device", name,
                    RouteMessage.link(RouteMessage.GETLINK, RouteMessage.REQUEST | RouteMessage.ACK, route.next(), 0, 0, 0).with(IFLA_IFNAME, name));
            return answers.stream().mapToInt(NetDevices::index).findFirst();
        }
        catch (ErrnoException e) {
            if (e.is(ENODEV)) {
                return OptionalInt.empty();
            }
            throw e;
        }
    }

    private static int index(RouteMessage.Answer link)
    {
        return link.payload().getInt(4);
    }

    /** Indexes by name, of the namespace that the thread is in. */
    static Map<String, Integer> devices()
    {
        try (RouteSocket route = new RouteSocket()) {
            Map<String, Integer> devices = new TreeMap<>();
            for (RouteMessage.Answer link : route.ask("list network devices", "",
                    RouteMessage.link(RouteMessage.GETLINK, RouteMessage.REQUEST | RouteMessage.DUMP, route.next(), 0, 0, 0))) {
                byte[] name = link.attributes(RouteMessage.LINK_HEADER).get(IFLA_IFNAME);
                devices.put(new String(name, 0, name.length - 1, StandardCharsets.UTF_8), index(link));
            }
            return devices;
        }
    }

    /** The kernel chose the name, and perhaps another index than the device had. */
    private static int newcomer(Map<String, Integer> before)
    {
        Set<Integer> now = new HashSet<>(devices().values());
        now.removeAll(before.values());
        if (now.size() != 1) {
            throw new HostException("the container's network namespace changed while a network device moved into it: " + now.size() + " new devices");
        }
        return now.iterator().next();
    }

    private static List<Address> addresses(RouteSocket route, int index, String name)
    {
        List<Address> found = new ArrayList<>();
        for (RouteMessage.Answer answer : route.ask("list the addresses of network device", name,
                RouteMessage.address(RouteMessage.GETADDR, RouteMessage.REQUEST | RouteMessage.DUMP, route.next(), 0, 0, 0, 0, 0))) {
            ByteBuffer header = answer.payload();
            Map<Integer, byte[]> attributes = answer.attributes(RouteMessage.ADDRESS_HEADER);
            int flags = attributes.containsKey(IFA_FLAGS) ? ByteBuffer.wrap(attributes.get(IFA_FLAGS)).order(ByteOrder.nativeOrder()).getInt() : header.get(2) & 0xff;
            if (header.getInt(4) == index && (header.get(3) & 0xff) == SCOPE_GLOBAL && (flags & IFA_F_PERMANENT) != 0) {
                found.add(new Address(header.get(0) & 0xff, header.get(1) & 0xff, flags & KEPT_FLAGS, attributes));
            }
        }
        return found;
    }
}
