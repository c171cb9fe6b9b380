package io.jrunc.plan;

import io.jrunc.plan.PlanFacts.SourceFacts;
import io.jrunc.spec.Device;
import io.jrunc.spec.DeviceType;
import io.jrunc.spec.Mount;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The content of /dev. Sources: OCI config-linux.md#devices, #default-devices; runtime-linux.md#dev-symbolic-links. */
final class DevicePlan
{
    private static final long READ_WRITE_ALL = 0666;
    private static final long PERMISSIONS = 07777;

    private record Node(DeviceType type, long major, long minor, long mode, long uid, long gid, String jsonPath) {}

    private static final Map<String, Node> DEFAULTS = defaults();

    private static final List<String> LINKS = List.of("/dev/ptmx", "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/core");

    private final Request request;

    DevicePlan(Request request)
    {
        this.request = request;
    }

    /** Nothing, if the bundle binds a /dev of its own. */
    void all(Draft draft)
    {
        if (!ownDev()) {
            return;
        }
        nodes().forEach((path, node) -> node(draft, path, node));
        draft.step(new RootfsStep.Symlink("pts/ptmx", "/dev/ptmx", true), "terminals come from the container's own devpts");
        links().forEach((path, text) -> draft.step(new RootfsStep.Symlink(text, path, false),
                "every program expects it; what the image has stays"));
    }

    /** None of these mounts covers a place of theirs: they can be made before them. */
    boolean standBeside(List<Mount> mounts)
    {
        return mounts.stream().map(request::target).noneMatch(target -> nodes().keySet().stream().anyMatch(place -> covers(target, place))
                || LINKS.stream().anyMatch(place -> covers(target, place)));
    }

    private static boolean covers(String target, String place)
    {
        return place.startsWith(target) && (place.length() == target.length() || place.charAt(target.length()) == '/');
    }

    /** Where there will be devices. */
    Set<String> paths()
    {
        return ownDev() ? nodes().keySet() : Set.of();
    }

    private boolean ownDev()
    {
        return request.spec().mounts().stream().noneMatch(this::bindsDev);
    }

    private boolean bindsDev(Mount mount)
    {
        return mount.parsedOptions().bind() && request.target(mount).equals("/dev");
    }

    private Map<String, Node> nodes()
    {
        Map<String, Node> nodes = new LinkedHashMap<>(DEFAULTS);
        List<Device> devices = request.linux().devices();
        for (int i = 0; i < devices.size(); i++) {
            Device device = devices.get(i);
            if (!device.path().equals("/dev/ptmx")) {
                nodes.put(device.path(), new Node(device.type(), device.major(), device.minor(),
                        device.fileMode().isPresent() ? device.fileMode().getAsInt() & PERMISSIONS : READ_WRITE_ALL,
                        device.uid().orElse(0), device.gid().orElse(0), "linux.devices[" + i + "]"));
            }
        }
        return nodes;
    }

    private void node(Draft draft, String path, Node node)
    {
        // Where the kernel forbids mknod, in a user namespace above all, the host's node of that name is bound instead.
        RootfsStep.Mknod step = new RootfsStep.Mknod(path, node.type().modeBits() | node.mode(), node.major(), node.minor(), node.uid(),
                node.gid(), path);
        if (node.jsonPath().isEmpty()) {
            draft.step(step, "in every container");
        }
        else {
            draft.step(step, "asked for by the bundle", node.jsonPath());
        }
    }

    private Map<String, String> links()
    {
        Map<String, String> links = new LinkedHashMap<>();
        links.put("/dev/fd", "/proc/self/fd");
        links.put("/dev/stdin", "/proc/self/fd/0");
        links.put("/dev/stdout", "/proc/self/fd/1");
        links.put("/dev/stderr", "/proc/self/fd/2");
        if (request.facts().sources().kind("/proc/kcore") != SourceFacts.Kind.MISSING) {
            links.put("/dev/core", "/proc/kcore");
        }
        return links;
    }

    private static Map<String, Node> defaults()
    {
        Map<String, Node> nodes = new LinkedHashMap<>();
        nodes.put("/dev/null", standard(1, 3));
        nodes.put("/dev/zero", standard(1, 5));
        nodes.put("/dev/full", standard(1, 7));
        nodes.put("/dev/random", standard(1, 8));
        nodes.put("/dev/urandom", standard(1, 9));
        nodes.put("/dev/tty", standard(5, 0));
        return nodes;
    }

    private static Node standard(long major, long minor)
    {
        return new Node(DeviceType.CHARACTER, major, minor, READ_WRITE_ALL, 0, 0, "");
    }
}
