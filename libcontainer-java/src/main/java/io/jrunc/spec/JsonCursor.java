package io.jrunc.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * One JSON object together with its path; reads members by the type they must have and notes every fault.
 *
 * <p>{@code null} means the same as absent. After a fault the answer is some value of the type, so that reading goes on and finds
 * the other faults; {@link #build} sees to it that no record is ever made from such a value.
 */
final class JsonCursor
{
    private static final BigInteger MAX_UINT64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final BigInteger MAX_INT64 = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger MIN_INT64 = BigInteger.valueOf(Long.MIN_VALUE);
    private static final long MAX_UINT32 = 0xffff_ffffL;
    /** Bytes: as much as the kernel takes for one argument of a program, and more than for anything else. */
    private static final int LONGEST_TEXT = 128 * 1024 - 1;

    private final JsonNode object;
    private final String path;
    private final Problems problems;
    private final int before;

    private JsonCursor(JsonNode object, String path, Problems problems)
    {
        this.object = object;
        this.path = path;
        this.problems = problems;
        this.before = problems.count();
    }

    /** Starts at a whole document; @throws SpecException if it is not an object. */
    static JsonCursor document(JsonNode document)
    {
        if (!document.isObject()) {
            throw new SpecException("", document.isNull() ? "config cannot be null" : "the document must be an object, is " + kind(document));
        }
        return new JsonCursor(document, "", new Problems());
    }

    /** Notes a fault of a member; {@code ""} = of the object itself. */
    void problem(String member, String message)
    {
        problems.add(member.isEmpty() ? path : Problems.join(path, member), message);
    }

    /** Makes the record, unless something in this object was faulty. What the record itself objects to is noted, too. */
    <T> Optional<T> build(Supplier<T> maker)
    {
        return problems.count() == before ? attempt(maker) : Optional.empty();
    }

    /**
     * Like {@link #build}, for records made of many independent parts: they are asked for their objections even if some part was
     * faulty. Objections to what was already noted as faulty are dropped. Still gives a record only if all was well.
     */
    <T> Optional<T> buildWhole(Supplier<T> maker)
    {
        Optional<T> made = attempt(maker);
        return problems.count() == before ? made : Optional.empty();
    }

    private <T> Optional<T> attempt(Supplier<T> maker)
    {
        try {
            return Optional.of(maker.get());
        }
        catch (SpecException e) {
            List<SpecProblem> known = problems.list();
            for (SpecProblem problem : e.problems()) {
                String full = Problems.below(path, problem.path());
                if (known.stream().noneMatch(k -> !problem.path().isEmpty() && k.path().startsWith(full))) {
                    problems.add(full, problem.message());
                }
            }
            return Optional.empty();
        }
    }

    /** The result of the whole document. @throws SpecException with all faults if there are any */
    <T> T finish(Optional<T> made)
    {
        problems.throwIfAny();
        return made.orElseThrow();
    }

    boolean isAbsent(String name)
    {
        return member(name).isEmpty();
    }

    /** True for {@code null} and "" as well. */
    boolean isUnset(String name)
    {
        return member(name).filter(node -> !node.isTextual() || !node.textValue().isEmpty()).isEmpty();
    }

    /** Makes a value from a text that must be there; what the value objects to is noted at that member. */
    <T> Optional<T> requiredValue(String name, Function<String, T> maker)
    {
        String place = Problems.join(path, name);
        return required(name).flatMap(node -> asText(node, place)).flatMap(text -> {
            List<T> made = new ArrayList<>(1);
            problems.attempt(place, () -> made.add(maker.apply(text)));
            return made.stream().findFirst();
        });
    }

    Optional<String> text(String name)
    {
        return member(name).flatMap(node -> asText(node, Problems.join(path, name))).filter(t -> !t.isEmpty());
    }

    /** Absent is a fault; the empty string is not, the record judges it. */
    String requiredText(String name)
    {
        Optional<JsonNode> node = required(name);
        return node.flatMap(n -> asText(n, Problems.join(path, name))).orElse("");
    }

    Optional<Boolean> flag(String name)
    {
        return member(name).filter(node -> is(node.isBoolean(), node, "a boolean", name)).map(JsonNode::booleanValue);
    }

    OptionalLong int64(String name)
    {
        return integer(name, MIN_INT64, MAX_INT64);
    }

    /** An unsigned number in a signed long: 18446744073709551615 becomes -1. */
    OptionalLong uint64(String name)
    {
        return integer(name, BigInteger.ZERO, MAX_UINT64);
    }

    OptionalLong uint32(String name)
    {
        return integer(name, BigInteger.ZERO, BigInteger.valueOf(MAX_UINT32));
    }

    OptionalInt uint16(String name)
    {
        return int32(name, 0, 0xffff);
    }

    OptionalInt int32(String name, int min, int max)
    {
        OptionalLong number = integer(name, BigInteger.valueOf(min), BigInteger.valueOf(max));
        return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
    }

    long require(String name, OptionalLong number)
    {
        if (number.isEmpty()) {
            required(name);
        }
        return number.orElse(0);
    }

    List<String> texts(String name)
    {
        return optionalTexts(name).orElse(List.of());
    }

    /** Empty only if absent: {@code []} is a list. */
    Optional<List<String>> optionalTexts(String name)
    {
        return elements(name, JsonCursor::asText);
    }

    List<Long> uint32s(String name)
    {
        return this.<Long>elements(name, (cursor, node, place) -> cursor.asInteger(node, place, BigInteger.ZERO, BigInteger.valueOf(MAX_UINT32)))
                .orElse(List.of());
    }

    Map<String, String> textMap(String name)
    {
        return entries(name, (node, place) -> asText(node, place));
    }

    /** Of texts that the kernel never sees, which may therefore be longer. */
    Map<String, String> notes(String name)
    {
        return entries(name, (node, place) -> asText(node, place, JsonTree.MAX_BYTES));
    }

    <T> Map<String, T> objectMap(String name, Function<JsonCursor, Optional<T>> reader)
    {
        return entries(name, (node, place) -> asObject(node, place).flatMap(reader));
    }

    Optional<JsonCursor> object(String name)
    {
        return member(name).flatMap(node -> asObject(node, Problems.join(path, name)));
    }

    <T> List<T> objects(String name, Function<JsonCursor, Optional<T>> reader)
    {
        return this.<T>elements(name, (cursor, node, place) -> cursor.asObject(node, place).flatMap(reader)).orElse(List.of());
    }

    /** @param complaint makes the message from a word that is none of the constants'; absent and empty are both empty */
    <E extends SpecWord> Optional<E> word(String name, E[] constants, UnaryOperator<String> complaint)
    {
        Optional<String> text = text(name);
        Optional<E> found = text.flatMap(t -> SpecWord.find(constants, t));
        if (text.isPresent() && found.isEmpty()) {
            problem(name, complaint.apply(Problems.printable(text.get())));
        }
        return found;
    }

    /** Absent and empty are faults with the same complaint. After a fault the answer is the first constant. */
    <E extends SpecWord> E requiredWord(String name, E[] constants, UnaryOperator<String> complaint)
    {
        int count = problems.count();
        Optional<E> found = word(name, constants, complaint);
        if (found.isEmpty() && problems.count() == count) {
            problem(name, complaint.apply(""));
        }
        return found.orElse(constants[0]);
    }

    /** Empty only if absent: {@code []} is a list. */
    <E extends SpecWord> Optional<List<E>> words(String name, E[] constants, UnaryOperator<String> complaint)
    {
        return elements(name, (cursor, node, place) -> cursor.asText(node, place).flatMap(text -> {
            Optional<E> found = SpecWord.find(constants, text);
            if (found.isEmpty()) {
                problems.add(place, complaint.apply(Problems.printable(text)));
            }
            return found;
        }));
    }

    /** @param complaint how the message begins */
    Optional<RangeList> ranges(String name, UnaryOperator<String> complaint)
    {
        return text(name).flatMap(text -> {
            try {
                return Optional.of(RangeList.parse(text));
            }
            catch (SpecException e) {
                problem(name, complaint.apply(Problems.printable(text)) + ": " + e.getMessage());
                return Optional.empty();
            }
        });
    }

    private interface ElementReader<T>
    {
        Optional<T> read(JsonCursor cursor, JsonNode node, String place);
    }

    private interface EntryReader<T>
    {
        Optional<T> read(JsonNode node, String place);
    }

    /** The list; after a fault in any element an empty one, so that no index of a later message is off. */
    private <T> Optional<List<T>> elements(String name, ElementReader<T> reader)
    {
        Optional<JsonNode> array = member(name).filter(node -> is(node.isArray(), node, "an array", name));
        if (array.isEmpty()) {
            return Optional.empty();
        }
        List<T> list = new ArrayList<>();
        int size = array.get().size();
        for (int i = 0; i < size; i++) {
            reader.read(this, array.get().get(i), Problems.join(path, name) + "[" + i + "]").ifPresent(list::add);
        }
        return Optional.of(list.size() == size ? list : List.of());
    }

    private <T> Map<String, T> entries(String name, EntryReader<T> reader)
    {
        Map<String, T> map = new LinkedHashMap<>();
        member(name).filter(node -> is(node.isObject(), node, "an object", name)).ifPresent(node -> {
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                String place = Problems.join(Problems.join(path, name), entry.getKey());
                checkText(entry.getKey(), place, LONGEST_TEXT);
                reader.read(entry.getValue(), place).ifPresent(value -> map.put(entry.getKey(), value));
            }
        });
        return map;
    }

    /**
     * By its name as it is written, else by the same in other cases: runc's reader takes {@code NoNewPrivileges} for the member that is
     * meant, and a bundle that was tried there must not lose it here.
     */
    private Optional<JsonNode> member(String name)
    {
        JsonNode node = object.get(name);
        if (node == null) {
            for (Map.Entry<String, JsonNode> each : object.properties()) {
                if (each.getKey().equalsIgnoreCase(name)) {
                    node = each.getValue();
                }
            }
        }
        return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
    }

    private Optional<JsonNode> required(String name)
    {
        Optional<JsonNode> node = member(name);
        if (node.isEmpty()) {
            problem(name, "is required");
        }
        return node;
    }

    private boolean is(boolean right, JsonNode node, String wanted, String name)
    {
        return isAt(right, node, wanted, Problems.join(path, name));
    }

    private boolean isAt(boolean right, JsonNode node, String wanted, String place)
    {
        if (!right) {
            problems.add(place, "must be " + wanted + ", is " + kind(node));
        }
        return right;
    }

    private Optional<JsonCursor> asObject(JsonNode node, String place)
    {
        return isAt(node.isObject(), node, "an object", place) ? Optional.of(new JsonCursor(node, place, problems)) : Optional.empty();
    }

    private Optional<String> asText(JsonNode node, String place)
    {
        return asText(node, place, LONGEST_TEXT);
    }

    private Optional<String> asText(JsonNode node, String place, int longest)
    {
        if (!isAt(node.isTextual(), node, "a string", place)) {
            return Optional.empty();
        }
        checkText(node.textValue(), place, longest);
        return Optional.of(node.textValue());
    }

    /** A NUL would silently end the string in the kernel; half a surrogate pair would become another character on the way there. */
    private void checkText(String text, String place, int longest)
    {
        // No character has more than three bytes for each half of it.
        if (text.length() > longest / 3 && text.getBytes(StandardCharsets.UTF_8).length > longest) {
            problems.add(place, "is longer than " + longest + " bytes");
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\0') {
                problems.add(place, "contains nul byte (\\x00)");
                return;
            }
            if (Character.isSurrogate(c) && !Problems.isPaired(text, i)) {
                problems.add(place, "is not valid Unicode");
                return;
            }
        }
    }

    private OptionalLong integer(String name, BigInteger min, BigInteger max)
    {
        Optional<Long> number = member(name).flatMap(node -> asInteger(node, Problems.join(path, name), min, max));
        return number.isPresent() ? OptionalLong.of(number.get()) : OptionalLong.empty();
    }

    private Optional<Long> asInteger(JsonNode node, String place, BigInteger min, BigInteger max)
    {
        if (!isAt(node.isIntegralNumber(), node, "an integer", place)) {
            return Optional.empty();
        }
        BigInteger number = node.bigIntegerValue();
        if (number.compareTo(min) < 0 || number.compareTo(max) > 0) {
            problems.add(place, "must be between " + min + " and " + max + ", is " + Problems.printable(number.toString()));
            return Optional.empty();
        }
        return Optional.of(number.longValue());
    }

    private static String kind(JsonNode node)
    {
        return switch (node.getNodeType()) {
            case STRING -> "a string";
            case BOOLEAN -> "a boolean";
            case NUMBER -> node.isIntegralNumber() ? "an integer" : "a number with a fraction or an exponent";
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case NULL, MISSING, BINARY, POJO -> node.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }
}
