package io.jrunc.cgroup.device;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import static org.assertj.core.api.Assertions.assertThat;

class DeviceFilterTest
{
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            // rules | access asked for | verdict
            "                                  | c 1:3 r        | 0",
            "+a                                | b 8:0 rwm      | 1",
            "+c 1:3 rwm                        | c 1:3 rw       | 1",
            "+c 1:3 rwm                        | b 1:3 r        | 0",
            "+c 1:3 rwm                        | c 1:5 r        | 0",
            "+c 1:3 rwm                        | c 2:3 r        | 0",
            "+c 1:3 r                          | c 1:3 r        | 1",
            "+c 1:3 r                          | c 1:3 rw       | 0",
            "+c 1:3 r, +c 1:3 w                | c 1:3 rw       | 1",
            "+c 1:3 r, +c 1:* w                | c 1:3 rw       | 0",
            "+c *:* m                          | c 77:99 m      | 1",
            "+c *:* m                          | c 77:99 r      | 0",
            "+c 136:* rwm                      | c 136:4096 rw  | 1",
            "+c *:7 rw                         | c 300:7 w      | 1",
            "+b 4294967295:4294967295 r        | b 4294967295:4294967295 r | 1",
            "+b 4294967295:4294967295 r        | b 4294967295:0 r | 0",
            "+a, -c 1:3 w                      | c 1:3 r        | 1",
            "+a, -c 1:3 w                      | c 1:3 w        | 0",
            "+a, -c 1:3 w                      | c 1:3 rw       | 0",
            "+a, -c 1:3 w                      | b 1:3 rw       | 1",
            "+a, -b 8:* rwm, -c 5:1 rw         | b 8:16 m       | 0",
            "+a, -b 8:* rwm, -c 5:1 rw         | c 5:1 m        | 1",
    })
    void theProgramDecidesAsTheV1KernelWould(String rules, String access, int verdict)
    {
        byte[] program = DeviceFilter.compile(DeviceRules.of(DeviceRulesTest.rules(rules)));

        assertThat(run(program, CgroupDeviceRule.allow(access))).isEqualTo(verdict);
    }

    @Test
    void aContainerWithDefaultsReachesNullAndNoDisk()
    {
        byte[] program = DeviceFilter.compile(DeviceRules.of(DeviceRules.DEFAULTS));

        assertThat(run(program, CgroupDeviceRule.allow("c 1:3 rw"))).isEqualTo(1);
        assertThat(run(program, CgroupDeviceRule.allow("b 8:0 m"))).isEqualTo(1);
        assertThat(run(program, CgroupDeviceRule.allow("b 8:0 r"))).isZero();
        assertThat(run(program, CgroupDeviceRule.allow("c 1:1 r"))).isZero();
    }

    /** The few instructions that the compiler uses, as linux/bpf_common.h defines them. Runs off the end = test failure. */
    private static int run(byte[] program, CgroupDeviceRule asked)
    {
        int[] context = {
                asked.access().bits() << 16 | (asked.devices().kind() == DeviceKind.BLOCK ? 1 : 2),
                (int) asked.devices().major(),
                (int) asked.devices().minor()};
        int[] registers = new int[11];
        ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
        while (true) {
            int operation = code.get() & 0xff;
            int names = code.get();
            int target = names & 0xf;
            int source = names >> 4 & 0xf;
            int offset = code.getShort();
            int immediate = code.getInt();
            boolean jump = switch (operation) {
                case 0x61 -> {
                    registers[target] = context[offset / 4];
                    yield false;
                }
                case 0x54 -> {
                    registers[target] &= immediate;
                    yield false;
                }
                case 0x74 -> {
                    registers[target] >>>= immediate;
                    yield false;
                }
                case 0xb4 -> {
                    registers[target] = immediate;
                    yield false;
                }
                case 0xbc -> {
                    registers[target] = registers[source];
                    yield false;
                }
                case 0x56 -> registers[target] != immediate;
                case 0x16 -> registers[target] == immediate;
                case 0x95 -> false;
                default -> throw new AssertionError("unknown instruction " + operation);
            };
            if (operation == 0x95) {
                return registers[0];
            }
            if (jump) {
                code.position(code.position() + 8 * offset);
            }
        }
    }
}
