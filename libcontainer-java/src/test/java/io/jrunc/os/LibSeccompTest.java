package io.jrunc.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.error.BugException;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibSeccompTest
{
    private static final int ALLOW = 0x7fff0000;

    private LibSeccomp library;

    @BeforeEach
    void needs()
    {
        try {
            library = LibSeccomp.load();
        }
        catch (HostException missing) {
            assumeTrue(false, "needs: libseccomp.so.2");
        }
    }

    @Test
    void aFileThatIsNoLibraryIsNamed(@TempDir Path folder)
            throws IOException
    {
        Path file = Files.writeString(folder.resolve("libseccomp.so.2"), "text");
        assertThatThrownBy(() -> LibSeccomp.open(Optional.of(file))).isInstanceOf(HostException.class)
                .hasMessageContaining("this config has a seccomp section, and " + file + " cannot be opened: ");
    }

    @Test
    void namesResolvePerArchitectureAndUnknownOnesToNothing()
    {
        assertThat(library.resolve("read")).isPresent();
        assertThat(library.resolve("no_such_call")).isEmpty();
        assertThat(library.resolve(library.nativeArch(), "no_such_call")).isEmpty();
        assertThat(library.resolve(0xc00000b7, "read")).as("aarch64").hasValue(63);
        assertThat(library.resolve(0xc00000b7, "open")).as("aarch64 has no open").isEmpty();
    }

    @Test
    void aRefusedRuleCarriesTheLibrarysErrno()
    {
        try (LibSeccomp.Filter filter = library.filter(ALLOW)) {
            assertThatThrownBy(() -> filter.addRule(ALLOW, library.resolve("read").orElseThrow(), "read", List.of()))
                    .isInstanceOf(ErrnoException.class)
                    .hasMessage("seccomp_rule_add read: permission denied");
        }
    }

    @Test
    void aClosedFilterIsNotTouched()
    {
        LibSeccomp.Filter filter = library.filter(ALLOW);
        filter.close();
        filter.close();
        assertThatThrownBy(filter::export).isInstanceOf(BugException.class);
    }

    @Test
    void theIdentityOfTheOpenLibraryStays()
    {
        assertThat(LibSeccomp.isLoaded()).isTrue();
        assertThat(LibSeccomp.identity()).contains("libseccomp.so").isEqualTo(LibSeccomp.identity());
    }
}
