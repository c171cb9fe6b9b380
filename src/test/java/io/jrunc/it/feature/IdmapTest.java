package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Mounts whose files have other owners inside. Source: OCI config.md#posix-platform-mounts, uidMappings and gidMappings. */
@ExtendWith(JruncExtension.class)
class IdmapTest
{
    private Path source;
    private String id;

    /** Files of uid 0, 5 and 1000; a mount below with one of uid 5. */
    @BeforeEach
    void make(Jrunc jrunc) throws IOException
    {
        id = jrunc.id("idmap");
        source = Files.createDirectory(jrunc.folder().resolve("source"));
        Host.capture("chmod", "711", jrunc.folder().toString());
        for (int uid : new int[] {0, 5, 1000}) {
            Files.writeString(source.resolve("u" + uid), "");
            Host.capture("chown", uid + ":" + (uid + 1), source.resolve("u" + uid).toString());
        }
        Path below = Files.createDirectory(source.resolve("below"));
        Host.capture("mount", "-t", "tmpfs", "below", below.toString());
        Files.writeString(below.resolve("u5"), "");
        Host.capture("chown", "5:6", below.resolve("u5").toString());
    }

    @AfterEach
    void unmount()
    {
        Host.unmount(source.resolve("below"));
    }

    private static void map(ObjectNode place, String field, long container, long host, long size)
    {
        place.withArray(field).addObject().put("containerID", container).put("hostID", host).put("size", size);
    }

    private ObjectNode mount(Bundle bundle, String... options)
    {
        bundle.mount("bind", source.toString(), "/mnt", options);
        Host.capture("mkdir", "-p", bundle.rootfs() + "/mnt");
        bundle.shell("cd /mnt; stat -c '%n %u:%g' u0 u5 u1000 below/u5; true");
        return (ObjectNode) bundle.config().path("mounts").path(bundle.config().path("mounts").size() - 1);
    }

    private static void userNamespace(Bundle bundle)
    {
        bundle.namespace("user").edit("/linux", linux -> {
            map(linux, "uidMappings", 0, 100000, 65536);
            map(linux, "gidMappings", 0, 100000, 65536);
        });
        Host.capture("chown", "-R", "-h", "100000:100000", bundle.rootfs().toString());
    }

    @Test
    void mappingsOfItsOwnWithoutAUserNamespace(Jrunc jrunc, Bundle bundle)
    {
        ObjectNode mount = mount(bundle, "rbind");
        map(mount, "uidMappings", 0, 100000, 65536);
        map(mount, "gidMappings", 0, 200000, 65536);
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).isEqualTo("""
                u0 100000:200001
                u5 100005:200006
                u1000 101000:201001
                below/u5 5:6
                """);
        assertThat(jrunc.leftovers()).allMatch(left -> left.contains("/source/below"));
    }

    @Test
    void ridmapTakesTheMountsBelowAlong(Jrunc jrunc, Bundle bundle)
    {
        ObjectNode mount = mount(bundle, "rbind", "ridmap");
        map(mount, "uidMappings", 0, 7000, 10);
        map(mount, "gidMappings", 0, 7000, 10);
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).isEqualTo("""
                u0 7000:7001
                u5 7005:7006
                u1000 65534:65534
                below/u5 7005:7006
                """);
    }

    @Test
    void thatOfTheContainersUserNamespace(Jrunc jrunc, Bundle bundle)
    {
        userNamespace(bundle);
        mount(bundle, "rbind", "idmap");
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).isEqualTo("""
                u0 0:1
                u5 5:6
                u1000 1000:1001
                below/u5 65534:65534
                """);
    }

    @Test
    void oneOfItsOwnBesideAUserNamespace(Jrunc jrunc, Bundle bundle)
    {
        userNamespace(bundle);
        ObjectNode mount = mount(bundle, "bind");
        map(mount, "uidMappings", 0, 101000, 1000);
        map(mount, "gidMappings", 0, 101000, 1000);
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).startsWith("u0 1000:1001\nu5 1005:1006\nu1000 65534:65534\n");
    }

    @Test
    void thatOfAUserNamespaceJoinedByItsPath(Jrunc jrunc, Bundle bundle)
    {
        userNamespace(bundle);
        jrunc.create(jrunc.id("first"), bundle.process("true"));
        int pid = jrunc.pid(jrunc.id("first"));
        Bundle second = jrunc.bundle();
        Host.capture("chown", "-R", "-h", "100000:100000", second.rootfs().toString());
        second.namespace("user", "/proc/" + pid + "/ns/user");
        mount(second, "bind", "idmap");
        second.edit("/linux", linux -> {
            map(linux, "uidMappings", 0, 100000, 65536);
            map(linux, "gidMappings", 0, 100000, 65535);
        });
        jrunc.runBundle(id, second).expectExit(1).expectFailure("linux.gidMappings", "the user namespace that is joined has other mappings: 0 100000 65536");
        second.edit("/linux", linux -> {
            linux.remove("gidMappings");
            map(linux, "gidMappings", 0, 100000, 65536);
        });
        assertThat(jrunc.runBundle(id, second).expectSuccess().out()).startsWith("u0 0:1\nu5 5:6\nu1000 1000:1001\n");
        jrunc.run("delete", "--force", jrunc.id("first")).expectSuccess();
    }

    @Test
    void wordsOfTheOptionItself(Jrunc jrunc, Bundle bundle)
    {
        mount(bundle, "bind", "idmap=uids=0-3000-10;gids=0-4000-10");
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).startsWith("u0 3000:4001\nu5 3005:4006\n");
    }

    @Test
    void aSourceInTheRootFileSystem(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path inside = Files.createDirectories(bundle.rootfs().resolve("srv/data"));
        Files.writeString(inside.resolve("f"), "");
        bundle.mount("bind", inside.toString(), "/mnt", "bind");
        ObjectNode mount = (ObjectNode) bundle.config().path("mounts").path(bundle.config().path("mounts").size() - 1);
        map(mount, "uidMappings", 0, 300, 10);
        map(mount, "gidMappings", 0, 300, 10);
        Files.createDirectories(bundle.rootfs().resolve("mnt"));
        bundle.shell("stat -c '%u' /mnt/f /srv/data/f");
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).isEqualTo("300\n0\n");
    }

    /** What the host sees at these paths are empty folders: the sources are mounts of the container alone. */
    private static void chain(Bundle bundle, Path source, String... options)
    {
        Host.capture("mkdir", "-p", bundle.rootfs() + "/stage/one", bundle.rootfs() + "/mnt", bundle.rootfs() + "/last");
        bundle.mount("bind", source.toString(), "/stage/one", "rbind");
        bundle.mount("bind", bundle.rootfs() + "/stage/one", "/mnt", "rbind", "idmap");
        bundle.mount("bind", bundle.rootfs() + "/mnt/below", bundle.rootfs() + "/last", options);
        bundle.shell("cd /mnt; stat -c '%n %u:%g' u0 u5 below/u5 /last/u5 /stage/one/u5; touch /last/new 2>&1; true");
    }

    @Test
    void sourcesThatLieInEarlierMounts(Jrunc jrunc, Bundle bundle)
    {
        chain(bundle, source, "bind", "ro");
        for (int back = 1; back <= 2; back++) {
            ObjectNode mount = (ObjectNode) bundle.config().path("mounts").path(bundle.config().path("mounts").size() - back);
            map(mount, "uidMappings", 0, 7000, 10);
            map(mount, "gidMappings", 0, 8000, 10);
        }
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).isEqualTo("""
                u0 7000:8001
                u5 7005:8006
                below/u5 5:6
                /last/u5 7005:8006
                /stage/one/u5 5:6
                touch: /last/new: Read-only file system
                """);
        assertThat(jrunc.leftovers()).allMatch(left -> left.contains("/source/below"));
    }

    @Test
    void sourcesThatLieInEarlierMountsWithAUserNamespace(Jrunc jrunc, Bundle bundle)
    {
        userNamespace(bundle);
        chain(bundle, source, "rbind", "ridmap", "rro");
        assertThat(jrunc.runBundle(id, bundle).expectSuccess().out()).isEqualTo("""
                u0 0:1
                u5 5:6
                below/u5 65534:65534
                /last/u5 5:6
                /stage/one/u5 65534:65534
                touch: /last/new: Read-only file system
                """);
    }

    @Test
    void aSourceThatNoEarlierMountHasIsNamed(Jrunc jrunc, Bundle bundle)
    {
        bundle.mount("bind", bundle.rootfs() + "/not/there", "/mnt", "bind", "idmap=uids=0-3000-10;gids=0-4000-10");
        jrunc.runBundle(id, bundle.process("true")).expectExit(1).expectFailure("mounts[7]", "not/there", "no such file or directory");
        assertThat(jrunc.leftovers()).allMatch(left -> left.contains("/source/below"));
    }

    @Test
    void aFileSystemThatCannotIsNamed(Jrunc jrunc, Bundle bundle)
    {
        bundle.mount("bind", "/proc/sys", "/mnt", "bind");
        ObjectNode mount = (ObjectNode) bundle.config().path("mounts").path(bundle.config().path("mounts").size() - 1);
        map(mount, "uidMappings", 0, 300, 10);
        map(mount, "gidMappings", 0, 300, 10);
        Host.capture("mkdir", "-p", bundle.rootfs() + "/mnt");
        jrunc.runBundle(id, bundle.process("true")).expectExit(1).expectFailure("mounts[7]", "cannot map the ids of the mount", "maybe its file system does not support id-mapped mounts");
        assertThat(jrunc.leftovers()).allMatch(left -> left.contains("/source/below"));
    }
}
