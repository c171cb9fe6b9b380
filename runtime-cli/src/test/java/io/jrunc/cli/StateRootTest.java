package io.jrunc.cli;

import io.jrunc.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StateRootTest
{
    private static final String XDG = "XDG_RUNTIME_DIR";

    private final FakeCaller caller = new FakeCaller(Path.of("/home"));

    @Test
    void rootUsesTheSystemsDirectoryEvenInALoginSession() throws IncorrectUsage
    {
        assertThat(caller.with(XDG, "/run/user/0").root()).isEqualTo(new StateRoot(Path.of("/run/jrunc"), false, false));
    }

    @Test
    void otherUsersUseTheirRuntimeDirectory() throws IncorrectUsage
    {
        assertThat(caller.euid(1000).with(XDG, "/run/user/1000").root()).isEqualTo(new StateRoot(Path.of("/run/user/1000/jrunc"), false, true));
    }

    @Test
    void withoutARuntimeDirectoryTheSystemsIsTheDefault() throws IncorrectUsage
    {
        assertThat(caller.euid(1000).with(XDG, "").root().path()).isEqualTo(Path.of("/run/jrunc"));
    }

    @Test
    void theRootOfAUserNamespaceIsNotTheMachines() throws IncorrectUsage
    {
        FakeCaller inside = caller.inUserNamespace().with(XDG, "/run/user/1000");
        assertThat(inside.root().path()).isEqualTo(Path.of("/run/user/1000/jrunc"));
        assertThat(inside.with("USER", "me").root().path()).isEqualTo(Path.of("/run/user/1000/jrunc"));
        assertThat(inside.with("USER", "root").root().path()).isEqualTo(Path.of("/run/jrunc"));
    }

    @Test
    void aGivenRootIsMadeAbsoluteAndClean() throws IncorrectUsage
    {
        assertThat(caller.root("--root", "a/../b/./c")).isEqualTo(new StateRoot(Path.of("/home/b/c"), true, false));
        assertThat(caller.euid(1000).with(XDG, "/run/user/1000").root("--root=/x").path()).isEqualTo(Path.of("/x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "..", "../..", "/..", "/a/.."})
    void theRootDirectoryIsRefused(String path)
    {
        assertThatThrownBy(() -> caller.root("--root", path)).isInstanceOf(UsageException.class).hasMessage("Option --root argument should not be set to /");
    }

    @Test
    void anEmptyRootIsTheCurrentDirectory() throws IncorrectUsage
    {
        assertThat(caller.root("--root=").path()).isEqualTo(Path.of("/home"));
        assertThatThrownBy(() -> new FakeCaller(Path.of("/")).root("--root=")).isInstanceOf(UsageException.class);
    }

    @Test
    void theRootThatIsSharedIsKeptFromCleanersByItsMode(@TempDir Path folder) throws Exception
    {
        Path runtime = folder.resolve("user/1000");
        StateRoot root = caller.euid(1000).with(XDG, runtime.toString()).root();
        root.prepare();
        assertThat((int) Files.getAttribute(runtime.resolve("jrunc"), "unix:mode") & 07777).isEqualTo(01700);
        root.prepare();
        // One that was named is its owner's business.
        caller.root("--root", folder.resolve("named").toString()).prepare();
        assertThat(folder.resolve("named")).doesNotExist();
    }

    @Test
    void aSharedRootThatCannotBeMadeIsAHintAndAFailure(@TempDir Path folder) throws Exception
    {
        Path file = Files.writeString(folder.resolve("file"), "");
        FakeCaller user = caller.euid(1000).with(XDG, file.toString());
        assertThat(user.run("list")).isEqualTo(1);
        assertThat(user.err()).contains("root directory " + file + "/jrunc is not writable", "set XDG_RUNTIME_DIR or give --root");
    }
}
