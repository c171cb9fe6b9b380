package io.jrunc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

/** Who may import whom, as the table of ARCHITECTURE.md says it. To change that, change the table, with a record in docs/decisions. */
class ImportTableTest
{
    private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern ROW = Pattern.compile("^\\| ((?:`[a-z]+`(?:, )?)+) \\| ([^|]+) \\|$", Pattern.MULTILINE);
    private static final Pattern WORD = Pattern.compile("`([a-z]+)`");
    private static final Pattern TYPE = Pattern.compile("of ([a-z]+) only the owner type `(\\w+)`");
    private static final Pattern USE = Pattern.compile("\\bio\\.jrunc\\.([a-z][a-z0-9]*)((?:\\.[a-z][a-z0-9]*)*(?:\\.[A-Z]\\w*)?)");

    @Test
    void everyPackageKeepsToTheTable() throws IOException
    {
        Map<String, Set<String>> table = table();
        List<String> broken = new ArrayList<>();
        for (Path module : List.of(TOP.resolve("libcontainer-java"), TOP.resolve("runtime-cli"))) {
            try (Stream<Path> files = Files.walk(module.resolve("src/main/java"))) {
                for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
                    check(module.relativize(file).toString(), Files.readString(file), table, broken);
                }
            }
        }
        assertThat(broken).as("uses that the table in ARCHITECTURE.md does not allow").isEmpty();
    }

    @Test
    void theTableHasEveryPackage() throws IOException
    {
        Set<String> packages = new HashSet<>();
        for (String module : List.of("libcontainer-java", "runtime-cli")) {
            try (Stream<Path> folders = Files.list(TOP.resolve(module).resolve("src/main/java/io/jrunc"))) {
                folders.filter(Files::isDirectory).forEach(folder -> packages.add(folder.getFileName().toString()));
            }
        }
        assertThat(table().keySet()).isEqualTo(packages);
    }

    /** A reader of rules that finds none would find no breach either. */
    @Test
    void aBreachIsFound() throws IOException
    {
        List<String> broken = new ArrayList<>();
        check("X.java", "package io.jrunc.spec;\nimport io.jrunc.error.JruncException;\nimport io.jrunc.os.Fd;\n", table(), broken);
        check("Y.java", "package io.jrunc.lifecycle;\nimport io.jrunc.os.Fd;\nimport static io.jrunc.os.FileCalls.O_RDONLY;\n", table(), broken);
        assertThat(broken).containsExactly("X.java: spec uses os.Fd", "Y.java: lifecycle uses os.FileCalls");
    }

    private static void check(String file, String text, Map<String, Set<String>> table, List<String> broken)
    {
        String own = USE.matcher(text.substring(text.indexOf("package "))).results().findFirst().orElseThrow().group(1);
        Set<String> allowed = table.getOrDefault(own, Set.of());
        // Comments and texts may speak of anybody.
        String code = text.replaceAll("\"(\\\\.|[^\"\\\\\n])*\"", "").replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\n]*", "");
        for (MatchResult use : USE.matcher(code).results().toList()) {
            String other = use.group(1);
            if (!other.equals(own) && !allowed.contains(other) && !allowed.contains(other + use.group(2))) {
                broken.add(file + ": " + own + " uses " + other + use.group(2));
            }
        }
    }

    private static Map<String, Set<String>> table() throws IOException
    {
        String text = Files.readString(TOP.resolve("ARCHITECTURE.md"));
        String section = text.substring(text.indexOf("## Packages and who may import whom"), text.indexOf("## Where does my change go?"));
        Map<String, Set<String>> table = new HashMap<>();
        ROW.matcher(section).results().forEach(row -> {
            Set<String> allowed = new HashSet<>();
            for (String part : row.group(2).split(";")) {
                TYPE.matcher(part).results().forEach(only -> allowed.add(only.group(1) + "." + only.group(2)));
                if (!part.contains(" only the ")) {
                    Stream.of(part.replaceAll("\\([^)]*\\)", "").split(",")).map(String::strip).filter(word -> !word.equals("nothing")).forEach(allowed::add);
                }
            }
            WORD.matcher(row.group(1)).results().forEach(name -> table.put(name.group(1), Set.copyOf(allowed)));
        });
        return table;
    }
}
