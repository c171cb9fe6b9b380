package io.jrunc.plan;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The shim's table and headers are the source; Java repeats them and may not drift. */
class WireTableTest
{
    private static final Pattern ROW = Pattern.compile("^OP\\(\\s*(\\d+),\\s*(\\w+),\\s*'([LI])',\\s*\"(\\w*)\",\\s*\"(\\w*)\"\\)",
            Pattern.MULTILINE);
    private static final Pattern DEFINE = Pattern.compile("^#define\\s+(SLOTS|SLOT_\\w+|MF_\\w+)\\s+\\(?(-?\\d+)\\)?", Pattern.MULTILINE);

    @Test
    void opRepeatsEveryRowOfTheShimsTable()
            throws IOException
    {
        List<String> shim = ROW.matcher(shimFile("plan_ops.def")).results()
                .map(m -> m.group(1) + " " + m.group(2) + " " + m.group(3) + " (" + m.group(4) + ") (" + m.group(5) + ")")
                .toList();
        List<String> java = Arrays.stream(Op.values())
                .map(op -> op.number() + " " + op.wireName() + " " + op.party().letter() + " (" + op.args() + ") (" + op.results() + ")")
                .toList();
        assertThat(java).isEqualTo(shim);
    }

    @Test
    void slotsAndTargetFlagsAreThoseOfTheShim()
            throws IOException, ReflectiveOperationException
    {
        Map<String, Long> shim = new TreeMap<>();
        Matcher defines = DEFINE.matcher(shimFile("shim.h"));
        while (defines.find()) {
            shim.put(defines.group(1), Long.parseLong(defines.group(2)));
        }
        Map<String, Long> java = new TreeMap<>(Map.of(
                "SLOTS", (long) Slots.COUNT,
                "SLOT_NONE", (long) Slots.NONE,
                "SLOT_ROOT", (long) Slots.ROOT,
                "SLOT_START", (long) Slots.START,
                "SLOT_REPORT", (long) Slots.REPORT,
                "SLOT_CONSOLE", (long) Slots.CONSOLE,
                "SLOT_CGROUP", (long) Slots.CGROUP,
                "SLOT_NS", (long) Slots.NAMESPACE,
                "SLOT_JOIN", (long) Slots.JOIN,
                "SLOT_SOURCE", (long) Slots.SOURCE));
        java.put("SLOT_NETWORK", (long) Slots.NETWORK);
        java.put("SLOT_SHIM", (long) Slots.SHIM);
        for (var field : Kernel.class.getFields()) {
            if (field.getName().startsWith("MF_")) {
                java.put(field.getName(), field.getLong(null));
            }
        }
        assertThat(java).isEqualTo(shim);
    }

    @Test
    void everyOpHasOneRecordThatEncodesExactlyItsArguments()
            throws ReflectiveOperationException
    {
        List<Op> covered = new ArrayList<>();
        for (Class<?> family : Step.class.getPermittedSubclasses()) {
            for (Class<?> record : family.getPermittedSubclasses()) {
                Step step = (Step) withDefaults(record);
                Letters letters = new Letters();
                step.encode(letters);
                assertThat(letters.text.toString()).as(record.getSimpleName()).isEqualTo(step.op().args());
                assertThat(record.getSimpleName().toLowerCase(Locale.ROOT)).isEqualTo(step.op().wireName().replace("_", ""));
                covered.add(step.op());
            }
        }
        assertThat(covered).containsExactlyInAnyOrder(Op.values());
    }

    private static Object withDefaults(Class<?> record)
            throws ReflectiveOperationException
    {
        Class<?>[] types = Stream.of(record.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Constructor<?> constructor = record.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(Stream.of(types).map(WireTableTest::defaultOf).toArray());
    }

    private static Object defaultOf(Class<?> type)
    {
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        return Map.<Class<?>, Object>of(int.class, 0, long.class, 0L, boolean.class, false, String.class, "", byte[].class, new byte[0],
                List.class, List.of())
                .get(type);
    }

    private static String shimFile(String name)
            throws IOException
    {
        Path sources = Stream.of("native-shim/src", "../native-shim/src").map(Path::of).filter(Files::isDirectory).findFirst()
                .orElseThrow();
        return Files.readAllLines(sources.resolve(name)).stream().collect(Collectors.joining("\n"));
    }

    private static final class Letters implements StepWriter
    {
        private final StringBuilder text = new StringBuilder();

        @Override
        public StepWriter i(long value)
        {
            text.append('i');
            return this;
        }

        @Override
        public StepWriter s(String value)
        {
            text.append('s');
            return this;
        }

        @Override
        public StepWriter b(byte[] value)
        {
            text.append('b');
            return this;
        }

        @Override
        public StepWriter l(List<String> value)
        {
            text.append('l');
            return this;
        }

        @Override
        public StepWriter f(int slot)
        {
            text.append('f');
            return this;
        }
    }
}
