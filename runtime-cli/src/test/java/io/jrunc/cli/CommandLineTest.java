package io.jrunc.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class CommandLineTest
{
    @TempDir
    Path folder;

    private FakeCaller caller;

    @BeforeEach
    void aCaller()
    {
        caller = new FakeCaller(folder);
    }

    static Stream<String> verbs()
    {
        return Verbs.listed().stream().map(verb -> verb.shownNames().split(", ")[0]).filter(name -> !name.equals("help"));
    }

    @Test
    void noWordsAtAllShowHelp()
    {
        assertThat(caller.run()).isZero();
        assertThat(caller.out().lines()).startsWith("NAME:", "   jrunc - Open Container Initiative runtime").contains("COMMANDS:", "GLOBAL OPTIONS:");
        assertThat(caller.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void everyVerbShowsHelpOnItself(String verb)
    {
        assertThat(caller.run(verb, "-h")).isZero();
        assertThat(caller.out().lines()).startsWith("NAME:").element(1).asString().startsWith("   jrunc " + verb + " - ");
        String own = caller.out();
        FakeCaller other = new FakeCaller(folder);
        assertThat(other.run("help", verb)).isZero();
        assertThat(other.out()).isEqualTo(own);
    }

    @Test
    void helpListsOptionsWithAllTheirNames()
    {
        caller.run("create", "--help");
        assertThat(caller.out()).contains("USAGE:\n   jrunc create [command options] <container-id>\n", "\nDESCRIPTION:\n", "\nOPTIONS:\n   --bundle value, -b value  ",
                "\n   --no-pivot                ");
        assertThat(caller.out()).doesNotContain("--help");
    }

    @Test
    void hiddenOptionsStayHidden()
    {
        caller.run("kill", "--help");
        assertThat(caller.out()).doesNotContain("--all", "OPTIONS:");
    }

    @Test
    void theVersionComesInLinesThatManagersTakeApart()
    {
        assertThat(caller.run("--version", "list")).isZero();
        assertThat(caller.out().lines().toList().getFirst()).matches("jrunc version \\S+");
        assertThat(caller.out()).contains("\nspec: 1.3.0\n", "\nlibseccomp: 2.5.4\n");
    }

    @Test
    void specWritesAFileWithTheCallersUmaskAndNeverOverAnother() throws IOException
    {
        assertThat(caller.umask(027).run("spec")).isZero();
        Path file = folder.resolve("config.json");
        assertThat(Files.readString(file)).startsWith("{\n\t\"ociVersion\": \"1.3.0\",\n");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(FileModes.of(0640));
        Files.writeString(file, "mine");
        assertThat(caller.run("spec", "-b", folder.toString())).isEqualTo(1);
        assertThat(caller.err()).contains("msg=\"File config.json exists. Remove it first\"");
        assertThat(Files.readString(file)).isEqualTo("mine");
        assertThat(caller.run("spec", "-b", "no/such")).isEqualTo(1);
        assertThat(caller.err()).contains("msg=\"chdir no/such: no such file or directory\"");
    }

    @Test
    void featuresAreIndentedJson()
    {
        assertThat(caller.run("features")).isZero();
        assertThat(caller.out()).startsWith("{\n    \"ociVersionMin\": \"1.0.0\",\n    \"ociVersionMax\": \"1.3.0\",\n    \"hooks\": [\n        \"prestart\",\n")
                .contains("\"supportedFlags\": [\n                \"SECCOMP_FILTER_FLAG_LOG\"\n", "\"io.github.seccomp.libseccomp.version\": \"2.5.4\"").endsWith("}\n");
    }

    @Test
    void featuresHasEveryMemberOfTheSpecification() throws IOException
    {
        caller.run("features");
        JsonNode features = new JsonMapper().readTree(caller.out());
        assertThat(names(features)).containsExactly("ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations");
        assertThat(names(features.path("linux"))).containsExactly("namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "memoryPolicy", "mountExtensions", "netDevices");
        assertThat(names(features.at("/linux/cgroup"))).containsExactly("v1", "v2", "systemd", "systemdUser", "rdma");
        assertThat(features.at("/linux/cgroup")).allMatch(JsonNode::booleanValue);
        assertThat(names(features.at("/linux/seccomp"))).containsExactly("enabled", "actions", "operators", "archs", "knownFlags", "supportedFlags");
        assertThat(names(features.at("/linux/intelRdt"))).containsExactly("enabled", "schemata", "monitoring");
        for (String enabled : new String[] {"seccomp", "apparmor", "selinux", "intelRdt", "mountExtensions/idmap", "netDevices"}) {
            assertThat(features.at("/linux/" + enabled + "/enabled").isBoolean()).as(enabled).isTrue();
        }
        assertThat(texts(features.path("hooks"))).containsExactly("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop");
        for (String list : new String[] {"/mountOptions", "/linux/namespaces", "/linux/capabilities", "/linux/seccomp/actions", "/linux/seccomp/operators", "/linux/seccomp/archs", "/linux/seccomp/knownFlags",
            "/linux/memoryPolicy/modes", "/linux/memoryPolicy/flags"}) {
            assertThat(texts(features.at(list))).as(list).isNotEmpty().doesNotHaveDuplicates();
        }
        assertThat(texts(features.path("mountOptions"))).isSorted();
    }

    @Test
    void featuresNameTheAnnotationsThatReachBeyondTheContainer() throws IOException
    {
        caller.run("features");
        assertThat(texts(new JsonMapper().readTree(caller.out()).path("potentiallyUnsafeConfigAnnotations"))).contains("bundle", "org.systemd.property.", "org.criu.config");
    }

    @Test
    void featuresTellOfCheckpointsUnderTheKeyThatManagersLookFor() throws IOException
    {
        caller.run("features");
        assertThat(new JsonMapper().readTree(caller.out()).path("annotations").path("org.opencontainers.runc.checkpoint.enabled").asText()).isEqualTo("true");
    }

    @Test
    void checkpointAndRestoreHaveTheOptionsOfRunc()
    {
        List<String> both = List.of("image-path", "work-path", "tcp-established", "ext-unix-sk", "shell-job", "file-locks", "manage-cgroups-mode", "empty-ns", "auto-dedup", "lazy-pages");
        caller.run("checkpoint", "-h");
        assertThat(caller.out()).contains(both.stream().map(option -> "--" + option).toList())
                .contains("--parent-path", "--leave-running", "--tcp-skip-in-flight", "--link-remap", "--status-fd", "--page-server", "--pre-dump").doesNotContain("--criu");
        FakeCaller other = new FakeCaller(folder);
        other.run("restore", "-h");
        assertThat(other.out()).contains(both.stream().map(option -> "--" + option).toList())
                .contains("--console-socket", "--bundle value, -b value", "--detach, -d", "--pid-file", "--no-subreaper", "--no-pivot", "--lsm-profile", "--lsm-mount-context");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"--page-server=here; Use --page-server ADDRESS:PORT to specify page server", "--page-server=:27; Use --page-server ADDRESS:PORT",
        "--page-server=1.2.3.4:; Use --page-server ADDRESS:PORT", "--page-server=2001:db8::1:27; Use --page-server ADDRESS:PORT", "--page-server=[2001:db8::1]:x; Invalid port number",
        "--page-server=1.2.3.4:70000; Invalid port number", "--manage-cgroups-mode=some; invalid manage-cgroups-mode value", "--empty-ns=pid; is not supported by --empty-ns"})
    void whatCannotBeMeantIsRefusedBeforeCriuIsAsked(String option, String words)
    {
        assertThat(caller.run("checkpoint", option, "web")).isEqualTo(1);
        assertThat(caller.err()).contains(words);
    }

    private static List<String> names(JsonNode object)
    {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<String> texts(JsonNode array)
    {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    @Test
    void anUnknownCommandHasNoHelpTopic()
    {
        assertThat(caller.run("frobnicate")).isEqualTo(3);
        assertThat(caller.out()).isEmpty();
        assertThat(caller.err()).contains("msg=\"No help topic for 'frobnicate'\"");
    }

    @Test
    void whatTheLauncherSaysToItselfIsNotShown()
    {
        caller.run("help");
        assertThat(caller.out()).doesNotContain("epilogue");
        FakeCaller other = new FakeCaller(folder);
        assertThat(other.run("help", "epilogue")).isEqualTo(3);
        assertThat(other.err()).contains("No help topic for 'epilogue'");
    }

    @Test
    void anUnknownOptionShowsTheHelpOfItsPlace()
    {
        assertThat(caller.run("--foo", "list")).isEqualTo(1);
        assertThat(caller.out()).startsWith("Incorrect Usage. flag provided but not defined: -foo\n\nNAME:\n   jrunc - ");
        assertThat(caller.err()).contains("level=error msg=\"flag provided but not defined: -foo\"");

        FakeCaller second = new FakeCaller(folder);
        assertThat(second.run("state", "--foo")).isEqualTo(1);
        assertThat(second.out()).startsWith("Incorrect Usage: flag provided but not defined: -foo\n\nNAME:\n   jrunc state - ");
    }

    @Test
    void optionsOfJruncStandBeforeTheCommand()
    {
        for (String option : new String[] {"--root", "--log", "--log-format", "--rootless"}) {
            assertThat(caller.run("list", option, "x")).as(option).isEqualTo(1);
            assertThat(caller.err()).endsWith("msg=\"flag provided but not defined: " + option.substring(1) + "\"\n");
        }
        assertThat(caller.run("list", "--debug")).isEqualTo(1);
        assertThat(caller.err()).endsWith("msg=\"flag provided but not defined: -debug\"\n");
    }

    @Test
    void theNumberOfArgumentsIsChecked()
    {
        assertThat(caller.run("state")).isEqualTo(1);
        assertThat(caller.out()).startsWith("Incorrect Usage.\n\nNAME:\n   jrunc state - ");
        caller.run("list", "x");
        caller.run("kill");
        caller.run("kill", "a", "b", "c");
        assertThat(caller.err().lines()).satisfiesExactly(
                line -> assertThat(line).endsWith("msg=\"/usr/bin/jrunc: \\\"state\\\" requires exactly 1 argument(s)\""),
                line -> assertThat(line).endsWith("msg=\"/usr/bin/jrunc: \\\"list\\\" requires exactly 0 argument(s)\""),
                line -> assertThat(line).endsWith("msg=\"/usr/bin/jrunc: \\\"kill\\\" requires a minimum of 1 argument(s)\""),
                line -> assertThat(line).endsWith("msg=\"/usr/bin/jrunc: \\\"kill\\\" requires a maximum of 2 argument(s)\""));
    }

    @Test
    void execFailsWith255AndItsPrefix()
    {
        assertThat(caller.run("exec", "web")).isEqualTo(255);
        assertThat(caller.err()).contains("msg=\"exec failed: exec args cannot be empty\"");
    }

    @Test
    void aFailureWithoutALogFileIsOneRecordOnStandardError()
    {
        assertThat(caller.run("list", "--format", "x")).isEqualTo(1);
        assertThat(caller.err()).isEqualTo("time=\"2026-03-01T12:00:05Z\" level=error msg=\"invalid format option\"\n");
    }

    @Test
    void onATerminalTheRecordIsShortAndMarked()
    {
        caller.onTerminal().run("list", "--format", "x");
        assertThat(caller.err()).isEqualTo("\033[31mERRO\033[0m[0000] invalid format option\n");
    }

    @Test
    void aLogFileGetsTheRecordAndStandardErrorThePlainText() throws IOException
    {
        assertThat(caller.run("--log", "log", "--log-format=json", "list", "-f", "x")).isEqualTo(1);
        assertThat(caller.run("--log", "log", "kill", "web", "FOO")).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("log"))).isEqualTo(
                "{\"level\":\"error\",\"msg\":\"invalid format option\",\"time\":\"2026-03-01T12:00:05Z\"}\n"
                + "time=\"2026-03-01T12:00:05Z\" level=error msg=\"unknown signal \\\"FOO\\\"\"\n");
        assertThat(caller.err()).isEqualTo("invalid format option\nunknown signal \"FOO\"\n");
    }

    /** In a JSON record they are escaped as JSON does it, and whoever reads it decides. */
    @Test
    void wordsThatCommandATerminalDoNotReachOneRaw() throws IOException
    {
        String word = "F\033[2J\u009b\u202eOO";
        caller.run("--log", "log", "spec", "-b", word);
        assertThat(caller.err()).isEqualTo("chdir F\\x1b[2J\\x9b\\u{202e}OO: no such file or directory\n");
        assertThat(Files.readString(folder.resolve("log"))).contains("F\\x1b[2J\\u009b\\u202eOO").doesNotContain("\033", "\u009b", "\u202e");
        FakeCaller terminal = new FakeCaller(folder);
        terminal.onTerminal().run("spec", "-b", word);
        assertThat(terminal.err()).isEqualTo("\033[31mERRO\033[0m[0000] chdir F\\x1b[2J\\x9b\\u{202e}OO: no such file or directory\n");
        FakeCaller option = new FakeCaller(folder);
        option.run("kill", "--" + word);
        assertThat(option.out() + option.err()).contains("F\\x1b[2J").doesNotContain("\033", "\u202e");
    }

    @Test
    void aNewLogFileHonoursTheCallersUmask() throws IOException
    {
        caller.umask(027).run("--log", "log", "list", "-f", "x");
        assertThat(Files.getPosixFilePermissions(folder.resolve("log"))).isEqualTo(FileModes.of(0640));
    }

    @Test
    void debugRecordsTellWhereTheyComeFromAndStayInTheLog() throws IOException
    {
        caller.run("--debug", "--log", "log", "--log-format", "json", "list", "-f", "x");
        assertThat(Files.readString(folder.resolve("log")).lines()).allSatisfy(line -> assertThat(line).contains("\"file\":\"CommandLineRun.java:", "\"func\":\"io.jrunc.cli.CommandLineRun."))
                .anySatisfy(line -> assertThat(line).contains("\"level\":\"debug\""))
                .last().asString().contains("\"level\":\"error\"");
        assertThat(caller.err()).isEqualTo("invalid format option\n");
    }

    @Test
    void aLogNamedAsTheCallersOwnStreamGoesThere()
    {
        caller.run("--log", "/dev/stderr", "list", "-f", "x");
        assertThat(caller.err()).isEqualTo("time=\"2026-03-01T12:00:05Z\" level=error msg=\"invalid format option\"\n");
    }

    @Test
    void aLogThatCannotBeOpenedIsAnErrorOfItsOwn()
    {
        assertThat(caller.run("--log", "no/such/log", "list")).isEqualTo(1);
        assertThat(caller.err()).contains("msg=\"open no/such/log: no such file or directory\"");
    }

    @Test
    void anEmptyLogFormatIsText() throws IOException
    {
        assertThat(caller.run("--log", "log", "--log-format=", "list", "-f", "x")).isEqualTo(1);
        assertThat(caller.run("--log", "log", "--log-format", "", "list", "-f", "x")).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("log")).lines()).hasSize(2).containsOnly("time=\"2026-03-01T12:00:05Z\" level=error msg=\"invalid format option\"");
    }

    @Test
    void wrongGlobalValuesStopTheCommand()
    {
        assertThat(caller.run("--log-format", "x", "list")).isEqualTo(1);
        assertThat(caller.run("--root", "/", "list")).isEqualTo(1);
        assertThat(caller.run("--rootless", "maybe", "list")).isEqualTo(1);
        assertThat(caller.err()).contains("msg=\"invalid log-format: x\"", "msg=\"Option --root argument should not be set to /\"", "for --rootless: it is true, false or auto");
    }

    @Test
    void engineStatusWithoutAnEngineSaysSo()
    {
        assertThat(caller.run("engine", "status")).isEqualTo(1);
        assertThat(caller.err()).contains("msg=\"no resident engine is running\"");
    }

    @Test
    void aCommandThatTakesMoreThanTheEngineHasIsAFailureOfItsOwn()
    {
        assertThat(caller.meeting(new OutOfMemoryError("Java heap space")).run("spec")).isEqualTo(1);
        assertThat(caller.err()).contains("the engine has not enough memory for this command", "fix:         make the configuration smaller");
        FakeCaller deep = new FakeCaller(folder);
        assertThat(deep.meeting(new StackOverflowError()).run("spec")).isEqualTo(1);
        assertThat(deep.err()).contains("the engine's stack is too small for this command");
    }
}
