package io.jrunc.cgroup.systemd;

import io.jrunc.error.SpecException;
import io.jrunc.host.dbus.Variant;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;

/** The properties that a unit is made with; limits come later. Pure. Source: systemd.resource-control(5), systemd.scope(5). */
public final class NewUnit
{
    /** OOMPolicy of a scope. */
    private static final int OOM_POLICY = 253;

    private NewUnit() {}

    /**
     * @param description by which the unit is known as ours
     * @param pid the container's first process, which starts the scope
     * @param own what annotations set; theirs wins
     * @param version of systemd
     */
    public static List<Property> properties(UnitPlace place, String description, int pid, boolean v2, List<Property> own, Resources resources, int version)
    {
        List<Property> all = new ArrayList<>();
        all.add(new Property("Description", Variant.text(description)));
        if (place.isSlice()) {
            all.add(new Property("Wants", new Variant("as", List.of(place.slice()))));
        }
        else {
            all.add(new Property("Slice", Variant.text(place.slice())));
            // What is below is the container's; systemd leaves the limits that we write alone.
            all.add(new Property("Delegate", Variant.flag(true)));
        }
        all.add(new Property("PIDs", Variant.u32s(List.of(pid))));
        // Without a limit, too: a controller that comes later does not count what was there before.
        for (String name : List.of("MemoryAccounting", "CPUAccounting", v2 ? "IOAccounting" : "BlockIOAccounting", "TasksAccounting")) {
            all.add(new Property(name, Variant.flag(true)));
        }
        all.add(new Property("DefaultDependencies", Variant.flag(false)));
        if (!v2) {
            all.addAll(DeviceProperties.NO_RULES_YET);
        }
        for (Property property : own) {
            all.removeIf(ours -> ours.name().equals(property.name()));
        }
        all.addAll(own);
        // A scope that stands does not let it be changed.
        if (v2 && version >= OOM_POLICY && resources.unified().containsKey("memory.oom.group")) {
            switch (resources.unified().get("memory.oom.group").strip()) {
                case "0" -> all.add(new Property("OOMPolicy", Variant.text("continue")));
                case "1" -> all.add(new Property("OOMPolicy", Variant.text("kill")));
                default -> throw new SpecException("linux.resources.unified", "unified resource \"memory.oom.group\" must be 0 or 1");
            }
        }
        return all;
    }

    /** What the unit will be described as, annotations included. */
    public static String description(String id, List<Property> own)
    {
        return own.stream().filter(property -> property.name().equals("Description") && property.value().value() instanceof String)
                .map(property -> (String) property.value().value()).findFirst().orElse("jrunc container " + id);
    }
}
