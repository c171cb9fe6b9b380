package io.jrunc.criu;

import com.google.protobuf.CodedOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One message in the wire format of protocol buffers, field by field. */
final class RpcWriter
{
    /** Writes one field to the library's stream, which says that it may throw; into memory it does not. */
    private interface Field
    {
        void to(CodedOutputStream out) throws IOException;
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    RpcWriter integer(int field, int value)
    {
        return write(o -> o.writeInt32(field, value));
    }

    RpcWriter bool(int field, boolean value)
    {
        return write(o -> o.writeBool(field, value));
    }

    RpcWriter text(int field, String value)
    {
        return write(o -> o.writeString(field, value));
    }

    RpcWriter message(int field, RpcWriter value)
    {
        return write(o -> o.writeByteArray(field, value.bytes()));
    }

    private RpcWriter write(Field field)
    {
        try {
            field.to(out);
            return this;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] bytes()
    {
        write(CodedOutputStream::flush);
        return bytes.toByteArray();
    }
}
