package io.jrunc.criu;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.jrunc.error.HostException;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What criu says: the answer to a request, or a notification, which itself wants an answer.
 *
 * @param success of what was asked for
 * @param errno why not; 0 = it does not say
 * @param message why not, in words, of newer versions; may be empty
 * @param script of a notification: the moment that has come, e.g. {@code post-dump}
 * @param pid of the first restored process, by a notification or by the answer to a restore
 */
public record CriuResponse(Type type, boolean success, int errno, String message, String script, OptionalInt pid, Features features,
        Optional<CriuVersion> version)
{
    /** Kinds of requests, and of answers. Those that jrunc has no use for are {@link #OTHER}. */
    public enum Type
    {
        OTHER(-1), DUMP(1), RESTORE(2), PRE_DUMP(4), NOTIFY(6), FEATURE_CHECK(9), VERSION(10);

        private final int number;

        Type(int number)
        {
            this.number = number;
        }

        int number()
        {
            return number;
        }

        private static Type of(int number)
        {
            return Arrays.stream(values()).filter(type -> type.number == number).findFirst().orElse(OTHER);
        }
    }

    /** What was asked about and is there. */
    public record Features(boolean memoryTracking, boolean lazyPages) {}

    /** Reads the fields of one message; those that it does not take are skipped. */
    private interface Fields
    {
        /** @return false = not mine */
        boolean take(int field, CodedInputStream in) throws IOException;
    }

    private static final class Draft implements Fields
    {
        private Type type = Type.OTHER;
        private boolean success;
        private int errno;
        private String message = "";
        private String script = "";
        private OptionalInt pid = OptionalInt.empty();
        private boolean memoryTracking;
        private boolean lazyPages;
        private Optional<CriuVersion> version = Optional.empty();

        @Override
        public boolean take(int field, CodedInputStream in) throws IOException
        {
            switch (field) {
                case 1 -> type = Type.of(in.readEnum());
                case 2 -> success = in.readBool();
                case 4 -> fields(in.readByteArray(), (number, inner) -> number == 1 && pid(inner));
                case 5 -> fields(in.readByteArray(), this::notification);
                case 7 -> errno = in.readInt32();
                case 8 -> fields(in.readByteArray(), this::feature);
                case 9 -> message = in.readString();
                case 10 -> version = Optional.of(version(in.readByteArray()));
                default -> {
                    return false;
                }
            }
            return true;
        }

        private boolean pid(CodedInputStream in) throws IOException
        {
            pid = OptionalInt.of(in.readInt32());
            return true;
        }

        private boolean notification(int field, CodedInputStream in) throws IOException
        {
            switch (field) {
                case 1 -> script = in.readString();
                case 2 -> pid = OptionalInt.of(in.readInt32());
                default -> {
                    return false;
                }
            }
            return true;
        }

        private boolean feature(int field, CodedInputStream in) throws IOException
        {
            switch (field) {
                case 1 -> memoryTracking = in.readBool();
                case 2 -> lazyPages = in.readBool();
                default -> {
                    return false;
                }
            }
            return true;
        }

        private static CriuVersion version(byte[] message) throws IOException
        {
            int[] numbers = new int[3];
            boolean[] between = new boolean[1];
            fields(message, (field, in) -> {
                switch (field) {
                    case 1, 2 -> numbers[field - 1] = in.readInt32();
                    case 3 -> between[0] = !in.readString().isEmpty();
                    case 4 -> numbers[2] = in.readInt32();
                    default -> {
                        return false;
                    }
                }
                return true;
            });
            return new CriuVersion(numbers[0], numbers[1], numbers[2], between[0]);
        }
    }

    /** @throws HostException when it is no message of criu's */
    public static CriuResponse parse(byte[] message)
    {
        Draft draft = new Draft();
        try {
            fields(message, draft);
        }
        catch (IOException e) {
            throw new HostException("criu's answer cannot be understood: " + e.getMessage(), e);
        }
        return new CriuResponse(draft.type, draft.success, draft.errno, draft.message, draft.script, draft.pid,
                new Features(draft.memoryTracking, draft.lazyPages), draft.version);
    }

    private static void fields(byte[] message, Fields fields) throws IOException
    {
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (!fields.take(WireFormat.getTagFieldNumber(tag), in)) {
                in.skipField(tag);
            }
        }
    }
}
