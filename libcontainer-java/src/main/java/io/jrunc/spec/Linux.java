package io.jrunc.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The Linux section; an absent one equals one with nothing in it. Source: OCI config-linux.md.
 *
 * @param timeOffsets by clock
 * @param netDevices by name on the host
 * @param cgroupsPath as written
 * @param resources empty = write no limit at all
 * @param rootfsPropagation empty = rslave
 * @param sysctl by key as written; {@link Sysctl} finds the file
 * @param maskedPaths absolute, inside the container
 * @param readonlyPaths likewise
 */
public record Linux(List<Namespace> namespaces, List<IdMapping> uidMappings, List<IdMapping> gidMappings,
        Map<TimeClock, TimeOffset> timeOffsets, List<Device> devices, Map<String, NetDevice> netDevices, Optional<String> cgroupsPath,
        Optional<Resources> resources, Optional<Propagation> rootfsPropagation, Optional<Seccomp> seccomp, Map<String, String> sysctl,
        List<String> maskedPaths, List<String> readonlyPaths, Optional<String> mountLabel, Optional<IntelRdt> intelRdt,
        Optional<Personality> personality, Optional<MemoryPolicy> memoryPolicy)
{
    public static final Linux NONE = new Linux(List.of(), List.of(), List.of(), Map.of(), List.of(), Map.of(), Optional.empty(),
            Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), List.of(), List.of(), Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty());

    public Linux
    {
        namespaces = List.copyOf(namespaces);
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
        timeOffsets = Collections.unmodifiableMap(new LinkedHashMap<>(timeOffsets));
        devices = List.copyOf(devices);
        netDevices = Collections.unmodifiableMap(new LinkedHashMap<>(netDevices));
        sysctl = Collections.unmodifiableMap(new LinkedHashMap<>(sysctl));
        maskedPaths = List.copyOf(maskedPaths);
        readonlyPaths = List.copyOf(readonlyPaths);
        Problems problems = new Problems();
        for (int i = 0; i < namespaces.size(); i++) {
            NamespaceType type = namespaces.get(i).type();
            if (comesBefore(namespaces, i, type)) {
                problems.add("namespaces[" + i + "].type", "malformed spec file: duplicated ns " + Problems.quote(type.word()));
            }
        }
        for (String name : netDevices.keySet()) {
            problems.unless(NetDevice.isValidName(name), Problems.join("netDevices", name),
                    "invalid network device name " + Problems.quote(name));
        }
        for (String key : sysctl.keySet()) {
            problems.attempt(Problems.join("sysctl", key), () -> Sysctl.parse(key));
        }
        checkAbsolute(problems, "maskedPaths", maskedPaths);
        checkAbsolute(problems, "readonlyPaths", readonlyPaths);
        problems.throwIfAny();
    }

    private static void checkAbsolute(Problems problems, String name, List<String> paths)
    {
        for (int i = 0; i < paths.size(); i++) {
            if (!paths.get(i).startsWith("/")) {
                problems.add(name + "[" + i + "]", "must be an absolute path, is " + Problems.quote(paths.get(i)));
            }
        }
    }

    private static boolean comesBefore(List<Namespace> namespaces, int end, NamespaceType type)
    {
        for (int i = 0; i < end; i++) {
            if (namespaces.get(i).type() == type) {
                return true;
            }
        }
        return false;
    }

    /** The entry of this type; empty = the container shares the runtime's namespace. */
    public Optional<Namespace> namespace(NamespaceType type)
    {
        for (Namespace namespace : namespaces) {
            if (namespace.type() == type) {
                return Optional.of(namespace);
            }
        }
        return Optional.empty();
    }

    /** True if the container does not share the runtime's namespace of this type by default: it gets a new one or joins one. */
    public boolean has(NamespaceType type)
    {
        return namespace(type).isPresent();
    }

    /** True if a new namespace of this type is made. */
    public boolean creates(NamespaceType type)
    {
        return namespace(type).filter(n -> n.path().isEmpty()).isPresent();
    }

    /** The path of the namespace of this type to join. */
    public Optional<String> joins(NamespaceType type)
    {
        return namespace(type).flatMap(Namespace::path);
    }
}
