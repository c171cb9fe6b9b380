package io.jrunc.lifecycle;

import io.jrunc.criu.CriuLog;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.HostException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** criu's log in our own words of failure: the first error in the first line, which is all that a manager shows. */
final class CriuReport
{
    private CriuReport() {}

    /** What an earlier criu wrote shall not be taken for words of the next one. */
    static void begin(Path log)
    {
        try {
            Files.deleteIfExists(log);
        }
        catch (IOException e) {
            throw new HostException("cannot remove an earlier log, " + log + ": " + e.getMessage(), e);
        }
    }

    /** @return the failure to throw; what the log says of it was given to the notices */
    static RuntimeException of(RuntimeException failure, Path log, Notices notices)
    {
        if (!(failure instanceof HostException told)) {
            return failure;
        }
        List<String> errors = CriuLog.errors(log);
        for (String line : errors) {
            notices.warn(line);
        }
        Diagnosis more = told.diagnosis().fix().isPresent() ? told.diagnosis() : told.diagnosis().withFix("look at criu's log, " + log);
        return new HostException(told.getMessage() + CriuLog.firstError(errors).map(first -> ": " + first).orElse(""), more, told);
    }
}
