package io.jrunc.spec;

import io.jrunc.error.SpecException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

import static io.jrunc.spec.MountFlag.NOATIME;
import static io.jrunc.spec.MountFlag.NODEV;
import static io.jrunc.spec.MountFlag.NOSUID;
import static io.jrunc.spec.MountFlag.RDONLY;
import static io.jrunc.spec.MountFlag.STRICTATIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MountOptionsTest
{
    private static MountOptions parse(String words)
    {
        return MountOptions.parse(Arrays.asList(words.split(" ")));
    }

    @Test
    void sortsWordsIntoFlagsAndData()
    {
        MountOptions options = parse("nosuid strictatime mode=755 size=65536k");
        assertThat(options.set()).containsExactly(NOSUID, STRICTATIME);
        assertThat(options.cleared()).isEmpty();
        assertThat(options.dataText()).isEqualTo("mode=755,size=65536k");
        assertThat(options.bind()).isFalse();
        assertThat(options.mountFlags()).isEqualTo(0x1000002);
    }

    @ParameterizedTest
    @CsvSource({"ro, 1", "nosuid, 2", "nodev, 4", "noexec, 8", "sync, 16", "remount, 32", "mand, 64", "dirsync, 128", "nosymfollow, 256",
            "noatime, 1024", "nodiratime, 2048", "silent, 32768", "relatime, 2097152", "iversion, 8388608", "strictatime, 16777216",
            "lazytime, 33554432"})
    void settingWordsStandForTheKernelsFlags(String word, int flag)
    {
        assertThat(parse(word).mountFlags()).isEqualTo(flag);
        assertThat(parse(word).data()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ro, rw", "nosuid, suid", "nodev, dev", "noexec, exec", "sync, async", "mand, nomand", "noatime, atime",
            "nodiratime, diratime", "relatime, norelatime", "strictatime, nostrictatime", "iversion, noiversion", "lazytime, nolazytime",
            "silent, loud", "nosymfollow, symfollow"})
    void theLastOfTwoOppositesWins(String on, String off)
    {
        assertThat(parse(on + " " + off).set()).isEmpty();
        assertThat(parse(on + " " + off).cleared()).hasSize(1);
        assertThat(parse(off + " " + on).set()).hasSize(1);
        assertThat(parse(off + " " + on).cleared()).isEmpty();
    }

    @Test
    void theWaysToKeepAccessTimesExcludeEachOther()
    {
        assertThat(parse("noatime strictatime").set()).containsExactly(STRICTATIME);
        assertThat(parse("strictatime nodev noatime").set()).containsExactly(NODEV, NOATIME);
    }

    @Test
    void defaultsChangesNothing()
    {
        assertThat(parse("defaults")).isEqualTo(MountOptions.parse(List.of()));
    }

    @Test
    void bindAndRbind()
    {
        assertThat(parse("bind ro")).satisfies(o -> {
            assertThat(o.bind()).isTrue();
            assertThat(o.recursiveBind()).isFalse();
            assertThat(o.set()).containsExactly(RDONLY);
            assertThat(o.readonly()).isTrue();
        });
        assertThat(parse("rbind rw")).satisfies(o -> {
            assertThat(o.recursiveBind()).isTrue();
            assertThat(o.cleared()).containsExactly(RDONLY);
        });
    }

    @Test
    void keepsPropagationInOrder()
    {
        MountOptions options = parse("rslave shared unbindable runbindable private");
        assertThat(options.propagation()).containsExactly(Propagation.RSLAVE, Propagation.SHARED, Propagation.UNBINDABLE,
                Propagation.RUNBINDABLE, Propagation.PRIVATE);
        assertThat(options.propagation()).extracting(Propagation::mountFlags)
                .containsExactly(0x84000, 0x100000, 0x20000, 0x24000, 0x40000);
    }

    @ParameterizedTest
    @CsvSource({"rro, 0x1, 0", "rrw, 0, 0x1", "rnosuid, 0x2, 0", "rsuid, 0, 0x2", "rnodev, 0x4, 0", "rdev, 0, 0x4", "rnoexec, 0x8, 0",
            "rexec, 0, 0x8", "rnodiratime, 0x80, 0", "rdiratime, 0, 0x80", "rnosymfollow, 0x200000, 0", "rsymfollow, 0, 0x200000",
            "rnoatime, 0x10, 0x70", "ratime, 0, 0x70", "rstrictatime, 0x20, 0x70", "rnostrictatime, 0, 0x70", "rrelatime, 0, 0x70",
            "rnorelatime, 0, 0x70", "rro rrw, 0, 0x1", "rrw rro, 0x1, 0", "rnoatime rstrictatime, 0x20, 0x70",
            "rnoatime rrelatime, 0, 0x70", "rnoatime rnostrictatime, 0x10, 0x70", "rro rnoatime, 0x11, 0x70"})
    void recursiveWordsBecomeAttributes(String words, String set, String clear)
    {
        assertThat(parse(words).recursive()).isEqualTo(new RecursiveAttributes(Long.decode(set), Long.decode(clear)));
        assertThat(parse(words).set()).isEmpty();
    }

    @Test
    void recursiveWordsOfTheFileSystemActLikeThePlainOnes()
    {
        assertThat(parse("rsync rmand rdirsync")).isEqualTo(parse("sync mand dirsync"));
        assertThat(parse("sync rasync")).isEqualTo(parse("sync async"));
    }

    @Test
    void waysOfWorking()
    {
        MountOptions options = parse("tmpcopyup copy-symlink src-nofollow dest-nofollow");
        assertThat(options.tmpcopyup()).isTrue();
        assertThat(options.copySymlink()).isTrue();
        assertThat(options.srcNofollow()).isTrue();
        assertThat(options.destNofollow()).isTrue();
        assertThat(options.data()).isEmpty();
        assertThat(parse("bind").destNofollow()).isFalse();
    }

    @Test
    void aclGoesToTheFileSystem()
    {
        assertThat(parse("acl").data()).containsExactly("acl");
        assertThat(parse("acl").mountFlags()).isZero();
    }

    @Test
    void idmapPlainAndWithParameters()
    {
        assertThat(parse("bind").idmap()).isEmpty();
        assertThat(parse("idmap").idmap().orElseThrow()).satisfies(o -> {
            assertThat(o.recursive()).isFalse();
            assertThat(o.hasMappings()).isFalse();
        });
        assertThat(parse("ridmap").idmap().orElseThrow().recursive()).isTrue();

        IdmapOption option = parse("ridmap=uids=0-1-10#10-11-10;gids=@1-3-10").idmap().orElseThrow();
        assertThat(option.recursive()).isTrue();
        assertThat(option.uids()).containsExactly(new IdmapOption.Triple(new IdMapping(0, 1, 10), false),
                new IdmapOption.Triple(new IdMapping(10, 11, 10), false));
        List<IdMapping> container = List.of(new IdMapping(0, 0, 1), new IdMapping(1, 2, 1000));
        assertThat(option.gids().getFirst().resolve(container)).isEqualTo(new IdMapping(1, 4, 10));
        assertThat(option.uids().getFirst().resolve(container)).isEqualTo(new IdMapping(0, 1, 10));
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> option.gids().getFirst().resolve(List.of()))
                .withMessage("idmap: id 1 is not mapped in the container");
    }

    @ParameterizedTest
    @CsvSource({"idmap=", "idmap=uids", "idmap=uids=", "idmap=uids=1-2", "idmap=uids=1-2-x", "idmap=uids=1-2-3-4", "ridmap=pids=1-2-3",
            "idmap=uids=1-2-3;", "idmap=uids=-1-2-3", "idmap=uids=99999999999-2-3"})
    void malformedIdmapParametersAreRefused(String word)
    {
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> parse(word)).withMessageContaining("malformed mount option \"" + word);
    }

    @Test
    void knowsEveryWordOfTheSpecificationAndOfRuncAndCrun()
    {
        String words = "async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec "
                + "noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime "
                + "remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro "
                + "rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync "
                + "tmpcopyup unbindable idmap ridmap rnodev rsync rasync rdirsync rmand rnomand copy-symlink src-nofollow dest-nofollow";
        assertThat(MountOptions.knownWords()).containsExactlyInAnyOrder(words.split(" ")).isSorted();
    }
}
