package io.jrunc.cli;

import io.jrunc.error.Diagnosis;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.JruncException;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A failure as text: a first line that stands alone, because managers show nothing else, then what more is known.
 */
final class ErrorReport
{
    private ErrorReport()
    {
    }

    /** @param prefix stands before the first line, e.g. {@code "exec failed: "}; may be empty */
    static String text(String prefix, Throwable failure)
    {
        StringBuilder out = new StringBuilder(prefix);
        switch (failure) {
            case JruncException explained -> {
                out.append(explained.getMessage());
                Diagnosis more = explained.diagnosis();
                more.during().ifPresent(text -> out.append("\n  while:       ").append(text));
                more.cause().ifPresent(text -> out.append("\n  cause:       ").append(text));
                more.fix().ifPresent(text -> out.append("\n  fix:         ").append(text));
                more.leftBehind().ifPresent(text -> out.append("\n  left behind: ").append(text));
            }
            case ErrnoException call -> out.append(call.getMessage());
            default -> out.append("internal error: ").append(failure)
                    .append("\n  fix:         run it again with --debug and report what it prints; this is a fault of jrunc");
        }
        return out.toString();
    }

    /** Where it happened in the code: for {@code --debug} only. */
    static String trace(Throwable failure)
    {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString().stripTrailing();
    }
}
