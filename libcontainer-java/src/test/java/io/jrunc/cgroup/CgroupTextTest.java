package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupStats.Psi;
import io.jrunc.cgroup.CgroupStats.PsiLine;
import io.jrunc.error.HostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CgroupTextTest
{
    @ParameterizedTest
    @CsvSource({"0, 0", "42, 42", "max, -1", "18446744073709551615, -1", "-5, 0"})
    void numbersAreUnsignedAndMaxIsTheLargest(String text, long number)
    {
        assertThat(CgroupText.number(text + "\n")).isEqualTo(number);
    }

    @Test
    void whatIsNoNumberIsToldAsItIs()
    {
        assertThatThrownBy(() -> CgroupText.number("many\n"))
                .isInstanceOf(HostException.class)
                .hasMessage("a cgroup file says \"many\" where a number belongs");
    }

    @Test
    void keyedLines()
    {
        assertThat(CgroupText.keyed("usage_usec 7\nnew thing 5\nuser_usec 3\n")).containsExactly(Map.entry("usage_usec", 7L), Map.entry("user_usec", 3L));
    }

    @Test
    void nestedLines()
    {
        assertThat(CgroupText.nested("8:0 rbytes=1 wbytes=2 cost.vrate=100.00\nmlx4_0 hca_handle=2 hca_object=max\n"))
                .containsExactly(Map.entry("8:0", Map.of("rbytes", 1L, "wbytes", 2L)), Map.entry("mlx4_0", Map.of("hca_handle", 2L, "hca_object", -1L)));
    }

    @Test
    void rangesOfNumbers()
    {
        assertThat(CgroupText.numbers("0-3,7\n")).isEqualTo(List.of(0, 1, 2, 3, 7));
        assertThat(CgroupText.numbers("\n")).isEmpty();
    }

    @Test
    void pressure()
    {
        assertThat(CgroupText.psi("some avg10=1.50 avg60=0.20 avg300=0.00 total=99\nfull avg10=0.00 avg60=0.00 avg300=0.10 total=3\n"))
                .contains(new Psi(new PsiLine(1.5, 0.2, 0, 99), new PsiLine(0, 0, 0.1, 3)));
        assertThat(CgroupText.psi("some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n")).contains(new Psi(new PsiLine(0, 0, 0, 5), PsiLine.NONE));
        assertThat(CgroupText.psi("")).isEmpty();
    }
}
