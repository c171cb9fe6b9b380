package io.jrunc.cli;

import java.util.List;
import java.util.Optional;

/**
 * Every command that there is, most of them for people. A start builds the one that is named and no other.
 */
final class Verbs
{
    /** @param shownNames as in help, e.g. {@code "help, h"} */
    record Listed(String shownNames, String summary)
    {
    }

    private static final List<Listed> LISTED = List.of(
            new Listed("checkpoint", "save a running container to files"),
            new Listed("create", "make a container, ready to start"),
            new Listed("delete", "remove a container and all that belongs to it"),
            new Listed("engine", "look at or stop the resident engine"),
            new Listed("events", "show a container's use of resources and its out-of-memory events"),
            new Listed("exec", "run another program in a container"),
            new Listed("features", "tell what this build supports"),
            new Listed("gc", "remove what interrupted commands left behind"),
            new Listed("kill", "send a signal to a container's first process"),
            new Listed("list", "list the containers below a root"),
            new Listed("pause", "freeze all processes of a container"),
            new Listed("plan", "print the steps that would make a container, doing none of them"),
            new Listed("ps", "show the processes of a container"),
            new Listed("restore", "continue a container from its checkpoint"),
            new Listed("resume", "let a paused container go on"),
            new Listed("run", "create a container and start it"),
            new Listed("spec", "write a config.json to begin with"),
            new Listed("start", "start the program of a created container"),
            new Listed("state", "print the state of a container"),
            new Listed("update", "change the limits of a container"),
            new Listed("help, h", "show help on a command"));

    private Verbs()
    {
    }

    static List<Listed> listed()
    {
        return LISTED;
    }

    /** Half a sentence for help. */
    static String summary(String name)
    {
        return LISTED.stream().filter(verb -> verb.shownNames().split(", ")[0].equals(name)).findFirst().orElseThrow().summary();
    }

    /** Whether help shows it: a command for people, not one that the launcher gives itself. */
    static boolean isListed(String name)
    {
        return LISTED.stream().anyMatch(verb -> verb.shownNames().equals(name));
    }

    /** Whether the command may make a container: see {@link #guess}. */
    static boolean mayMakeContainer(List<String> words)
    {
        return makesContainer(guess(words));
    }

    /** As {@link #mayMakeContainer}, for all that starts a process in one. */
    static boolean mayMakeProcess(List<String> words)
    {
        String verb = guess(words);
        return makesContainer(verb) || verb.equals("exec") || verb.equals("restore");
    }

    private static boolean makesContainer(String verb)
    {
        return verb.equals("run") || verb.equals("create");
    }

    /** Before the words are read: the first that is called like a verb, "" = none is. The value of a global option may be, which is seldom. */
    private static String guess(List<String> words)
    {
        for (int i = 1; i < words.size(); i++) {
            if (named(words.get(i)).isPresent()) {
                return words.get(i);
            }
        }
        return "";
    }

    /** The command of that name; empty when there is none. {@code help} is not here: it answers before any other is built. */
    static Optional<Verb> named(String name)
    {
        return Optional.ofNullable(switch (name) {
            case "checkpoint" -> new CheckpointVerb();
            case "create" -> new CreateVerb();
            case "delete" -> new DeleteVerb();
            case "engine" -> new EngineVerb();
            case "epilogue" -> new EpilogueVerb();
            case "events" -> new EventsVerb();
            case "exec" -> new ExecVerb();
            case "features" -> new FeaturesVerb();
            case "gc" -> new GcVerb();
            case "kill" -> new KillVerb();
            case "list" -> new ListVerb();
            case "pause" -> new PauseVerb();
            case "plan" -> new PlanVerb();
            case "ps" -> new PsVerb();
            case "restore" -> new RestoreVerb();
            case "resume" -> new ResumeVerb();
            case "run" -> new RunVerb();
            case "spec" -> new SpecVerb();
            case "start" -> new StartVerb();
            case "state" -> new StateVerb();
            case "update" -> new UpdateVerb();
            default -> null;
        });
    }
}
