package io.jrunc.cgroup.systemd;

import io.jrunc.error.SpecException;
import io.jrunc.host.dbus.Variant;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Annotations {@code org.systemd.property.NAME}, which set properties of the unit. Pure. Source: runc docs/systemd.md. */
public final class PropertyAnnotations
{
    private static final String PREFIX = "org.systemd.property.";
    private static final String SECONDS = "Sec";
    private static final int SHORTEST = 3;
    private static final long MICROS = 1_000_000;

    /** With others the unit would not be where its limits are written, or would take in processes that are not the container's. */
    private static final Set<String> OURS = Set.of("PIDs", "PIDFDs", "Slice");

    private PropertyAnnotations() {}

    /** @throws SpecException if a name or a value is none */
    public static List<Property> of(Map<String, String> annotations)
    {
        List<Property> properties = new ArrayList<>();
        new TreeMap<>(annotations).forEach((key, text) -> {
            if (key.startsWith(PREFIX)) {
                properties.add(property(key, key.substring(PREFIX.length()), text));
            }
        });
        return properties;
    }

    private static Property property(String key, String name, String text)
    {
        if (name.length() < SHORTEST) {
            throw wrong(key, "name incorrect: too short");
        }
        if (!name.chars().allMatch(c -> c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')) {
            throw wrong(key, "name incorrect: contains non-alphabetic character");
        }
        if (OURS.contains(name)) {
            throw wrong(key, "name incorrect: jrunc itself says where the unit lies and which process it has");
        }
        try {
            Variant value = VariantText.parse(text);
            // TimeoutStopSec is what unit files and people say; the property is TimeoutStopUSec.
            if (name.endsWith(SECONDS) && name.length() > SHORTEST && Character.isLowerCase(name.charAt(name.length() - SHORTEST - 1))) {
                return new Property(name.substring(0, name.length() - SHORTEST) + "USec", micros(value));
            }
            return new Property(name, value);
        }
        catch (IllegalArgumentException e) {
            throw wrong(key, "=" + text + " value parse error: " + e.getMessage());
        }
    }

    private static Variant micros(Variant seconds)
    {
        return switch (seconds.value()) {
            case Long number when number >= 0 && number <= Long.MAX_VALUE / MICROS -> Variant.u64(number * MICROS);
            case Double number when number >= 0 && number < Long.MAX_VALUE / MICROS -> Variant.u64((long) (number * MICROS));
            case Long number -> throw new IllegalArgumentException(number + " is no number of seconds");
            default -> throw new IllegalArgumentException("not a number");
        };
    }

    private static SpecException wrong(String key, String how)
    {
        return new SpecException("annotations", "annotation " + key + (how.startsWith("=") ? "" : " ") + how);
    }
}
