package io.jrunc.plan;

import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.Rlimit;
import io.jrunc.spec.SpecWord;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A plan as text: one line an action, with the party that acts, the arguments in words, and below it the reason and the place of
 * config.json. The text is for people, and for comparing plans; values of the environment are not in it, they may be secrets.
 */
public final class PlanPrinter
{
    private static final int LONGEST_BYTES = 16;

    private final StringBuilder out = new StringBuilder();
    private int number;

    private PlanPrinter()
    {
    }

    public static String print(Plan plan)
    {
        return new PlanPrinter().text(plan);
    }

    private String text(Plan plan)
    {
        plan.preparation().forEach(this::phase);
        phase(plan.start());
        phase(plan.running());
        out.append("program: ").append(quote(plan.arguments())).append('\n');
        out.append("environment: ").append(plan.environment().entries().stream().map(e -> e.substring(0, e.indexOf('=')))
                .collect(Collectors.joining(" ")))
                .append(plan.environment().homeOf().map(uid -> " and HOME of user " + uid).orElse("")).append('\n');
        plan.warnings().forEach(warning -> out.append("warning: ").append(warning).append('\n'));
        return out.toString();
    }

    private void phase(Phase phase)
    {
        if (!phase.actions().isEmpty()) {
            out.append(phase.name()).append(": ").append(phase.reason()).append('\n');
            phase.actions().forEach(action -> action(action, ""));
        }
    }

    /** {@code LimitCgroup} → {@code limit-cgroup}, as a printed plan has it. */
    public static String name(EngineStep step)
    {
        return words(step.getClass().getSimpleName());
    }

    private void action(Action action, String indent)
    {
        switch (action) {
            case PlannedStep step -> line(indent, step.step().op().party().name().toLowerCase(Locale.ROOT), step.step().op().wireName(),
                    step.step(), action);
            case PlannedWork work -> line(indent, "engine", name(work.step()), work.step(), action);
            case PlannedFallback fallback -> {
                action(fallback.first(), indent);
                String errnos = fallback.errnos().stream().sorted().map(Errno::name).collect(Collectors.joining(" or "));
                out.append("     ").append(indent).append("if refused with ").append(errnos).append(", instead:\n");
                fallback.instead().forEach(instead -> action(instead, indent + "  "));
            }
        }
    }

    private void line(String indent, String party, String name, Object arguments, Action action)
    {
        out.append(String.format(Locale.ROOT, "%4d %s%-8s %s%s%n", ++number, indent, party, name, arguments((Record) arguments)));
        out.append("              ").append(indent).append(action.why()).append(action.jsonPath().map(path -> " [" + path + "]")
                .orElse("")).append('\n');
    }

    private static String arguments(Record step)
    {
        StringBuilder text = new StringBuilder();
        for (RecordComponent component : step.getClass().getRecordComponents()) {
            text.append(' ').append(words(component.getName())).append('=').append(value(step, component));
        }
        return text.toString();
    }

    private static String value(Record step, RecordComponent component)
    {
        Object value;
        try {
            value = component.getAccessor().invoke(step);
        }
        catch (ReflectiveOperationException e) {
            throw new BugException("cannot read " + component + " of a step", e);
        }
        if (component.getName().equals("environment")) {
            return ((List<?>) value).stream().map(e -> e.toString().replaceFirst("=.*", "")).collect(Collectors.joining(",", "[", "]"));
        }
        Shown shown = component.getAnnotation(Shown.class);
        return shown == null ? text(value) : Names.of(shown.value(), ((Number) value).longValue());
    }

    private static String text(Object value)
    {
        return switch (value) {
            case Boolean yes -> yes ? "yes" : "no";
            case Number digits -> digits.toString();
            case String text -> quote(text);
            case byte[] bytes -> bytes(bytes);
            case IdMapping mapping -> mapping.containerId() + "-" + mapping.hostId() + "-" + mapping.size();
            case Rlimit limit -> limit.type().word() + ":" + limit(limit.soft()) + ":" + limit(limit.hard());
            case List<?> list -> list.stream().map(PlanPrinter::text).collect(Collectors.joining(",", "[", "]"));
            case Optional<?> optional -> optional.map(PlanPrinter::text).orElse("none");
            case SpecWord word -> word.word();
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            case Record nested -> "(" + arguments(nested).strip() + ")";
            default -> throw new BugException("a plan holds a " + value.getClass());
        };
    }

    private static String limit(long value)
    {
        return value == -1 ? "unlimited" : Long.toUnsignedString(value);
    }

    private static String bytes(byte[] bytes)
    {
        if (bytes.length > LONGEST_BYTES) {
            return bytes.length + " bytes";
        }
        StringBuilder hex = new StringBuilder("0x");
        for (byte b : bytes) {
            hex.append(String.format(Locale.ROOT, "%02x", b));
        }
        return bytes.length == 0 ? "none" : hex.toString();
    }

    private static String quote(List<String> words)
    {
        List<String> quoted = new ArrayList<>();
        words.forEach(word -> quoted.add(quote(word)));
        return String.join(" ", quoted);
    }

    /** Plain words as they are; anything a terminal or a reader could misread in quotes, escaped. */
    private static String quote(String text)
    {
        if (text.matches("[A-Za-z0-9_./:=@%+,-]+")) {
            return text;
        }
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> quoted.append(
                c == '"' || c == '\\' ? "\\" + (char) c : c == '\n' ? "\\n" : Character.isISOControl(c) ? String.format(Locale.ROOT, "\\u%04x", c) : Character.toString(c)));
        return quoted.append('"').toString();
    }

    /** {@code openSource} → {@code open-source} */
    private static String words(String name)
    {
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }
}
