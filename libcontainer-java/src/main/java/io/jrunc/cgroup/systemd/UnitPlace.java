package io.jrunc.cgroup.systemd;

import io.jrunc.error.SpecException;

/**
 * The unit that a container gets and the slice it lies in.
 *
 * @param slice with its dashes: {@code a-b.slice}; {@code -.slice} is the root
 * @param unit {@code prefix-name.scope}; what ends in {@code .slice} is a slice itself
 */
public record UnitPlace(String slice, String unit)
{
    private static final String PATH = "linux.cgroupsPath";
    private static final String SLICE = ".slice";
    private static final int LONGEST = 255;

    /**
     * {@code a-b.slice:pre:web → pre-web.scope in a-b.slice; ::x.slice → x.slice in the default one}
     *
     * @param cgroupsPath {@code slice:prefix:name}; empty text = {@code :jrunc:ID}
     * @param defaultSlice where the path names none
     * @throws SpecException if it has another form, or names what systemd could not have
     */
    public static UnitPlace of(String cgroupsPath, String id, String defaultSlice)
    {
        String[] parts = (cgroupsPath.isEmpty() ? ":jrunc:" + id : cgroupsPath).split(":", -1);
        if (parts.length != 3) {
            throw new SpecException(PATH, "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"" + cgroupsPath + "\" instead");
        }
        String slice = parts[0].isEmpty() ? defaultSlice : parts[0].equals("-") ? "-.slice" : parts[0];
        String unit = parts[2].endsWith(SLICE) ? parts[2] : parts[1] + "-" + parts[2] + ".scope";
        UnitPlace place = new UnitPlace(slice, unit);
        expand(slice);
        if (place.isSlice()) {
            expand(unit);
        }
        if (!isName(slice)) {
            throw new SpecException(PATH, "invalid slice name: " + slice);
        }
        if (!isName(unit)) {
            throw new SpecException(PATH, "\"" + unit + "\" is no name that a systemd unit can have");
        }
        return place;
    }

    private static boolean isName(String text)
    {
        return text.length() <= LONGEST && text.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "-_.\\@".indexOf(c) >= 0));
    }

    /** Others may share it; a scope is the container's alone. */
    public boolean isSlice()
    {
        return unit.endsWith(SLICE);
    }

    /** Where systemd puts the unit, counted from its own cgroup: {@code a.slice/a-b.slice/pre-web.scope}. */
    public String path()
    {
        if (isSlice()) {
            return expand(unit);
        }
        String above = expand(slice);
        return above.isEmpty() ? unit : above + "/" + unit;
    }

    /** {@code a-b.slice → a.slice/a-b.slice, -.slice → empty} */
    static String expand(String slice)
    {
        if (!slice.endsWith(SLICE) || slice.length() == SLICE.length() || slice.indexOf('/') >= 0) {
            throw new SpecException(PATH, "invalid slice name: " + slice);
        }
        String name = slice.substring(0, slice.length() - SLICE.length());
        if (name.equals("-")) {
            return "";
        }
        StringBuilder path = new StringBuilder();
        String prefix = "";
        for (String component : name.split("-", -1)) {
            if (component.isEmpty() || component.startsWith(".")) {
                throw new SpecException(PATH, "invalid slice name: " + slice);
            }
            path.append(path.isEmpty() ? "" : "/").append(prefix).append(component).append(SLICE);
            prefix += component + "-";
        }
        return path.toString();
    }
}
