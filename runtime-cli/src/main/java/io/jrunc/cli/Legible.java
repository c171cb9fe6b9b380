package io.jrunc.cli;

/**
 * Text for people. Names in it may come from a container, whose author shall command neither the reader's terminal nor the order in
 * which it shows what is written.
 */
final class Legible
{
    private static final int LAST_OF_LATIN_1 = 0xff;

    private Legible()
    {
    }

    /** Lines and tabs stay; every other control character, and what changes the direction of writing, becomes its number: {@code \x1b}. */
    static String lines(String text)
    {
        if (text.codePoints().noneMatch(Legible::isEscaped)) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(point -> {
            if (isEscaped(point)) {
                out.append(point > LAST_OF_LATIN_1 ? "\\u{%x}".formatted(point) : "\\x%02x".formatted(point));
            }
            else {
                out.appendCodePoint(point);
            }
        });
        return out.toString();
    }

    private static boolean isEscaped(int point)
    {
        return point != '\n' && point != '\t' && commands(point);
    }

    /** Does something to whatever shows it, instead of being shown: controls of both blocks, and of bidirectional text. */
    static boolean commands(int point)
    {
        return Character.isISOControl(point) || switch (Character.getDirectionality(point)) {
            case Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING, Character.DIRECTIONALITY_LEFT_TO_RIGHT_OVERRIDE,
                    Character.DIRECTIONALITY_RIGHT_TO_LEFT_EMBEDDING, Character.DIRECTIONALITY_RIGHT_TO_LEFT_OVERRIDE,
                    Character.DIRECTIONALITY_POP_DIRECTIONAL_FORMAT, Character.DIRECTIONALITY_LEFT_TO_RIGHT_ISOLATE,
                    Character.DIRECTIONALITY_RIGHT_TO_LEFT_ISOLATE, Character.DIRECTIONALITY_FIRST_STRONG_ISOLATE,
                    Character.DIRECTIONALITY_POP_DIRECTIONAL_ISOLATE -> true;
            default -> isMark(point);
        };
    }

    /** Marks of direction, which have the class of a letter; and the two separators that some terminals take for a new line. */
    private static boolean isMark(int point)
    {
        return point == 0x200e || point == 0x200f || point == 0x061c || point == 0x2028 || point == 0x2029;
    }
}
