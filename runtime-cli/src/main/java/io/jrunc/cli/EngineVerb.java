package io.jrunc.cli;

import io.jrunc.error.StateException;
import io.jrunc.error.UsageException;

import java.util.OptionalInt;

/**
 * {@code jrunc engine status|stop}: answered by the resident engine itself. {@code serve} is the launcher's.
 */
final class EngineVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("engine", Verbs.summary("engine"))
                .synopsis("status|stop|serve")
                .about("status tells about the resident engine of this build and user, stop lets it finish and end,",
                        "serve is one in the foreground, for service managers. Commands start an engine by themselves",
                        "when JRUNC_ENGINE is \"auto\", which it is unless set to \"off\" or \"require\".")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        ResidentStatus engine = call.engine().orElseThrow(() -> new StateException("no resident engine is running"));
        switch (call.arguments().getFirst()) {
            case "status" -> call.out().print(engine.text());
            case "stop" -> engine.stop();
            default -> throw new UsageException("engine takes status, stop or serve, not " + GoValues.quote(call.arguments().getFirst()));
        }
        return DONE;
    }
}
