package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.FakeCriu;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;
import io.jrunc.it.Running;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How criu is run, and what comes of one that is missing, old, ill or slow: with a criu that only pretends. */
@ExtendWith(JruncExtension.class)
class CriuTest
{
    private static String container(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        jrunc.startRun(id, bundle.shell("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done")).awaitOutput("ready");
        return id;
    }

    private static String[] checkpoint(Jrunc jrunc, String id, String... options)
    {
        return java.util.stream.Stream.of(List.of("checkpoint", "--image-path", jrunc.folder().resolve("images").toString()), List.of(options), List.of(id))
                .flatMap(List::stream).toArray(String[]::new);
    }

    /** It runs as before, and is all that there is. */
    private static void goesOn(Jrunc jrunc, String id)
    {
        assertThat(jrunc.status(id)).isEqualTo("running");
        assertThat(Host.processes(jrunc.id("")).toString()).doesNotContain("swrk");
        jrunc.run("exec", id, "true").expectSuccess();
    }

    private static void gone(Jrunc jrunc, String id)
    {
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftoversInTheEnd()).isEmpty();
    }

    @Test
    void aMissingOldOrUnableCriuIsAClearError(Jrunc jrunc, Bundle bundle)
    {
        jrunc.environment("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        String id = container(jrunc, bundle, "able");
        jrunc.environment("PATH", jrunc.folder().toString());
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("checkpoint and restore need criu: ", "executable file not found in $PATH", "install the package criu");
        FakeCriu.of(jrunc, "version('52040803100e');");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu 3.14 is too old: checkpoint and restore need version 3.15 or later");
        FakeCriu.of(jrunc, "version(); take(); answer(9, 1, '420408001000');");
        write(jrunc.folder().resolve("images/dump.log"), "Error (criu/x.c:1): of another time");
        assertThat(jrunc.run(checkpoint(jrunc, id, "--pre-dump")).expectExit(1).expectFailure("criu is missing features: [MemTrack]").err()).doesNotContain("of another time");
        jrunc.run(checkpoint(jrunc, id, "--parent-path", jrunc.folder().toString())).expectExit(1).expectFailure("--parent-path must be relative");
        jrunc.run(checkpoint(jrunc, id, "--parent-path", "../before")).expectExit(1).expectFailure("invalid --parent-path: stat " + jrunc.folder().resolve("before") + ": no such file or directory");
        // What it has made may hold the socket for a while.
        FakeCriu.of(jrunc, "version(); take(); fork() and exit 3; select(undef, undef, undef, 0.5);");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu ended without an answer");
        FakeCriu.of(jrunc, "version(); take(); answer(1, 1); exit 3;");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu failed: exit status 3");
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    private static void write(Path file, String text)
    {
        try {
            Files.writeString(file, text);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void criuStandsWhereTheCallerStands(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = container(jrunc, bundle, "stands");
        FakeCriu criu = FakeCriu.of(jrunc, """
                note(join ' ', map { "$_=$ENV{$_}" } sort keys %ENV);
                opendir(my $d, '/proc/self/fd'); my @fds = sort { $a <=> $b } grep { /^\\d+$/ && readlink("/proc/self/fd/$_") !~ m{^/proc/|/criu$} } readdir $d; closedir $d;
                note(join ' ', map { "$_:" . readlink("/proc/self/fd/$_") =~ s/\\[\\d+\\]//r } grep { $_ > 2 } @fds);
                note("mnt " . link_of('ns/mnt')); note("cwd " . link_of('cwd')); open(my $c, '<', '/proc/self/cgroup'); note(<$c>);
                version(); take(); answer(1, 0);
                """);
        jrunc.environment("SECRET", "of the caller");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu failed: type DUMP errno 0");
        String images = jrunc.folder().resolve("images").toString();
        assertThat(criu.notes().lines().findFirst().orElseThrow()).startsWith("CRIU_NOTES=").contains(" PATH=").doesNotContain("SECRET", "JRUNC");
        assertThat(criu.notes().lines().skip(1).findFirst().orElseThrow()).matches("\\d+:socket: \\d+:" + images + " \\d+:" + images);
        assertThat(criu.notes()).contains("mnt " + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")), "cwd " + jrunc.folder()).doesNotContain(id);
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    @Test
    void forARestoreCriuIsInTheContainersCgroupWithMountsOfItsOwnAndNothingOfItStays(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("inside");
        Path images = Files.createDirectory(jrunc.folder().resolve("images"));
        Files.writeString(images.resolve("descriptors.json"), "[\"/dev/null\",\"pipe:[1]\",\"pipe:[2]\"]");
        // A place that is not in the root yet, and one in what is mounted there.
        Path data = Files.createDirectory(jrunc.folder().resolve("data"));
        bundle.mount("bind", data.toString(), "/data", "bind").mount("bind", "/etc", "/data/inner", "bind").write();
        FakeCriu criu = FakeCriu.of(jrunc, """
                note("mnt " . link_of('ns/mnt')); open(my $c, '<', '/proc/self/cgroup'); note(<$c>);
                open(my $m, '<', '/proc/self/mountinfo'); for (<$m>) { note("root $_") if index($_, ' ROOTFS ') > 0 }
                version(); take(); fork() or sleep 1000; note("gave up") unless notify('setup-namespaces', 1); answer(2, 0); take();
                """.replace("ROOTFS", bundle.rootfs().toString()));
        jrunc.run("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).expectExit(1)
                .expectFailure("waitid: no child processes");
        assertThat(criu.notes()).contains("root ", id, "gave up").doesNotContain("mnt " + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")));
        assertThat(bundle.rootfs().resolve("data")).isEmptyDirectory();
        assertThat(data.resolve("inner")).isEmptyDirectory();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void whoeverIsToldThatLazyPagesAreServedGetsOneZeroByte(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = container(jrunc, bundle, "lazy");
        FakeCriu.of(jrunc, "version(); take(); answer(9, 1, '420408001001'); take(); notify('status-ready'); answer(1, 0); take();");
        Path told = Files.createFile(jrunc.folder().resolve("told"));
        String command = "exec " + jrunc.runtime() + " --root " + jrunc.root() + " checkpoint --image-path images --lazy-pages --status-fd %d " + id;
        for (String redirected : List.of("9>told", "9</dev/null", "")) {
            Running shell = Running.start(List.of("sh", "-c", command.formatted(9) + " " + redirected), java.util.Map.of("PATH", criuPath(jrunc), "JRUNC_ENGINE", jrunc.engine()),
                    jrunc.folder());
            shell.await(ofSeconds(20)).expectExit(1).expectFailure(redirected.isEmpty() ? "invalid --status-fd argument 9: bad file descriptor"
                    : redirected.startsWith("9<") ? "invalid --status-fd argument 9: not writable" : "criu failed: type DUMP errno 0");
        }
        assertThat(Files.readAllBytes(told)).containsExactly(0);
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    private static String criuPath(Jrunc jrunc) throws IOException
    {
        try (var folders = Files.list(jrunc.folder())) {
            return folders.filter(folder -> Files.exists(folder.resolve("criu"))).findFirst().orElseThrow() + ":/usr/sbin:/usr/bin:/sbin:/bin";
        }
    }

    @Test
    void aCallerWhoHasHadEnoughIsObeyedAndCriuGivesUp(Jrunc jrunc, Bundle bundle)
    {
        String id = container(jrunc, bundle, "enough");
        String slow = "$SIG{INT} = $SIG{TERM} = 'IGNORE'; version(); take(); note('begun'); while (notify('network-lock')) { select(undef, undef, undef, 0.02); } note('gave up'); answer(1, 0); take();";
        FakeCriu polite = FakeCriu.of(jrunc, slow);
        Running command = jrunc.start(checkpoint(jrunc, id));
        jrunc.await("criu to begin", () -> polite.notes().contains("begun"));
        command.process().destroy();
        assertThat(command.awaitExit(ofSeconds(20))).isEqualTo(143);
        assertThat(polite.notes()).contains("gave up");
        goesOn(jrunc, id);

        // Nobody is left to tell it: it sees that for itself.
        FakeCriu lonely = FakeCriu.of(jrunc, slow);
        Running killed = jrunc.start(checkpoint(jrunc, id));
        jrunc.await("criu to begin", () -> lonely.notes().contains("begun"));
        killed.process().destroyForcibly();
        killed.awaitExit(ofSeconds(20));
        jrunc.await("criu to end", () -> !Host.processes(jrunc.id("")).toString().contains("swrk") && !Host.processes("criu swrk").toString().contains(jrunc.folder().toString()));
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    /** The options of the last request that was noted in hexadecimal digits: each {@code NUMBER=VALUE}, messages in brackets. */
    private static List<String> options(FakeCriu criu)
    {
        String last = criu.notes().lines().filter(line -> line.startsWith("request ")).reduce((first, second) -> second).orElseThrow();
        ByteBuffer request = ByteBuffer.wrap(HexFormat.of().parseHex(last.substring("request ".length())));
        assertThat(number(request)).as("the kind of request, a number").isEqualTo(1 << 3);
        number(request);
        assertThat(number(request)).as("its options, a message").isEqualTo(2 << 3 | 2);
        return fields(bytes(request));
    }

    private static byte[] bytes(ByteBuffer in)
    {
        byte[] bytes = new byte[(int) number(in)];
        in.get(bytes);
        return bytes;
    }

    private static List<String> fields(byte[] message)
    {
        List<String> found = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(message);
        while (in.hasRemaining()) {
            long tag = number(in);
            if ((tag & 7) == 0) {
                found.add((tag >> 3) + "=" + number(in));
                continue;
            }
            byte[] bytes = bytes(in);
            boolean inner = bytes.length > 0 && bytes[0] < ' ';
            found.add((tag >> 3) + "=" + (inner ? "[" + String.join(", ", fields(bytes)) + "]" : new String(bytes, StandardCharsets.UTF_8)));
        }
        return found;
    }

    private static long number(ByteBuffer in)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    /** Whoever has a network, a pid namespace and a host's name to be joined. Nothing of it is the test's folder: it is no leftover. */
    private static Running namespaces()
    {
        return Running.start(List.of("unshare", "--net", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c", "echo ready; exec sleep 1000"), java.util.Map.of(), Path.of("/"))
                .awaitOutput("ready");
    }

    private static String path(Running holder, String kind)
    {
        return "/proc/" + holder.process().pid() + "/ns/" + kind;
    }

    @Test
    void whatCheckpointIsAskedForReachesCriu(Jrunc jrunc, Bundle bundle) throws IOException
    {
        try (Running holder = namespaces()) {
            bundle.namespace("network", path(holder, "net")).namespace("pid", path(holder, "pid_for_children"));
            String id = container(jrunc, bundle, "asked");
            FakeCriu criu = FakeCriu.of(jrunc, "version(); take(); answer(9, 1, '420408001001'); note('request ' . unpack('H*', take())); answer(1, 0); take();");
            Files.createDirectory(jrunc.folder().resolve("before"));
            jrunc.run(checkpoint(jrunc, id, "--work-path", jrunc.folder().resolve("work").toString(), "--parent-path", "../before", "--leave-running", "--tcp-established", "--tcp-skip-in-flight",
                    "--link-remap", "--ext-unix-sk", "--shell-job", "--lazy-pages", "--page-server", "192.0.2.1:9876", "--file-locks", "--manage-cgroups-mode", "strict", "--empty-ns", "network",
                    "--auto-dedup")).expectExit(1).expectFailure("criu failed: type DUMP errno 0");
            String network = Files.readSymbolicLink(Path.of(path(holder, "net"))).toString();
            String pids = Files.readSymbolicLink(Path.of(path(holder, "pid_for_children"))).toString();
            assertThat(options(criu)).contains("10=dump.log", "2=" + jrunc.pid(id), "13=" + bundle.rootfs(), "14=../before", "15=1", "3=1", "5=1", "46=1", "18=1", "4=1", "7=1", "48=1",
                    "8=1", "24=1", "34=5", "16=1", "51=/etc/criu/runc.conf", "37=" + network.replace(":", "") + ":extRootNetNS", "37=" + pids.replace(":", "") + ":extRootPidNS");
            assertThat(options(criu).toString()).contains("11=[1=192.0.2.1, 2=9876]", "17=");

            FakeCriu plain = FakeCriu.of(jrunc, "version(); note('request ' . unpack('H*', take())); answer(1, 0); take();");
            jrunc.run(checkpoint(jrunc, id)).expectExit(1);
            assertThat(options(plain)).contains("34=6", "51=/etc/criu/runc.conf").doesNotContain("3=1", "4=1", "5=1", "7=1", "8=1", "16=1", "18=1", "46=1", "48=1", "15=1")
                    .noneMatch(option -> option.startsWith("11=") || option.startsWith("14="));
            goesOn(jrunc, id);
            gone(jrunc, id);
        }
    }

    @Test
    void whatRestoreIsAskedForReachesCriu(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("asked");
        Path images = Files.createDirectory(jrunc.folder().resolve("images"));
        Files.writeString(images.resolve("descriptors.json"), "[\"/dev/null\",\"pipe:[1]\",\"pipe:[2]\"]");
        String request = "version(); note('request ' . unpack('H*', take())); answer(2, 0); take();";
        List<String> restore = List.of("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString());
        try (Running holder = namespaces()) {
            bundle.namespace("network", path(holder, "net")).namespace("pid", path(holder, "pid_for_children")).namespace("uts", path(holder, "uts")).write();
            FakeCriu criu = FakeCriu.of(jrunc, request);
            jrunc.run(words(restore, "--work-path", jrunc.folder().resolve("work").toString(), "--tcp-established", "--ext-unix-sk", "--shell-job", "--file-locks", "--lazy-pages", "--auto-dedup",
                    "--manage-cgroups-mode", "full", "--empty-ns", "network", "--lsm-profile", "apparmor:web", "--lsm-mount-context", "context", "--no-pivot", "--no-subreaper", id))
                    .expectExit(1).expectFailure("criu failed: type RESTORE errno 0");
            assertThat(options(criu)).contains("10=restore.log", "13=" + bundle.rootfs(), "26=1", "5=1", "4=1", "7=1", "8=1", "48=1", "16=1", "34=4", "53=apparmor:web", "63=context",
                    "51=/etc/criu/runc.conf").anyMatch(option -> option.startsWith("17="));
            assertThat(options(criu).toString()).contains("39=[1=uts, 2=" + path(holder, "uts") + "]").containsPattern("27=\\[1=extRootNetNS, 2=\\d+]").containsPattern("27=\\[1=extRootPidNS, 2=\\d+]");

            // None, if the bundle says so.
            bundle.edit("/annotations", all -> all.put("org.criu.config", "")).write();
            FakeCriu plain = FakeCriu.of(jrunc, request);
            jrunc.run(words(restore, id)).expectExit(1);
            assertThat(options(plain)).doesNotContain("5=1", "4=1", "7=1", "8=1", "48=1", "16=1")
                    .noneMatch(option -> option.startsWith("51=") || option.startsWith("53=") || option.startsWith("63="));
        }
        assertThat(jrunc.leftoversInTheEnd()).isEmpty();
    }

    @Test
    void securityLabelsNeedANewerCriu(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("labels");
        Path images = Files.createDirectory(jrunc.folder().resolve("images"));
        Files.writeString(images.resolve("descriptors.json"), "[\"/dev/null\",\"pipe:[1]\",\"pipe:[2]\"]");
        bundle.write();
        List<String> restore = List.of("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString());
        for (String option : List.of("--lsm-profile", "--lsm-mount-context")) {
            FakeCriu.of(jrunc, "version('52040803100f'); take(); note('asked');");
            jrunc.run(words(restore, option, "apparmor:web", id)).expectExit(1).expectFailure("criu 3.15 is too old: " + option + " needs version 3.16 or later");
            FakeCriu newer = FakeCriu.of(jrunc, "version('520408031010'); take(); note('asked'); answer(2, 0); take();");
            jrunc.run(words(restore, option, "apparmor:web", id)).expectExit(1).expectFailure("criu failed: type RESTORE errno 0");
            assertThat(newer.notes()).contains("asked");
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static String[] words(List<String> first, String... more)
    {
        return java.util.stream.Stream.of(first, List.of(more)).flatMap(List::stream).toArray(String[]::new);
    }

    @Test
    void criuIsNotWaitedForWithoutEnd(Jrunc jrunc, Bundle bundle)
    {
        try (PrivateDist dist = PrivateDist.create("-Djrunc.deadline.criu.seconds=1"); Jrunc hasty = Jrunc.of(dist.runtime(), jrunc.engineElsewhere())) {
            FakeCriu.of(hasty, "version(); take(); take();");
            String id = container(hasty, bundle, "slow");
            hasty.run(checkpoint(hasty, id)).expectExit(1).expectFailure("criu did not finish within 1 s");
            goesOn(hasty, id);
            gone(hasty, id);
        }
    }
}
