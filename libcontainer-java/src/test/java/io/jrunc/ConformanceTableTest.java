package io.jrunc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

/** Keeps docs/conformance.md honest: whatever it names as proof is there. That the proof is one, people have to judge. */
class ConformanceTableTest
{
    private static final Pattern ROW = Pattern.compile("^\\| ([a-z0-9]+)\\.(\\d\\d) \\| ([^|]+) \\| ([^|]+) \\| ([^|]*) \\|$", Pattern.MULTILINE);
    private static final Pattern TOTALS = Pattern.compile("^\\*\\*\\d+ requirements: .*$", Pattern.MULTILINE);
    private static final Pattern PROOF = Pattern.compile("`(\\w+(?:\\.c)?)#(\\w+)`");
    private static final Set<String> STATES = Set.of("done", "built", "differs", "not yet");

    private static final Path TOP = Stream.of("", "..").map(Path::of).filter(path -> Files.isRegularFile(path.resolve("docs/conformance.md")))
            .findFirst().orElseThrow();

    private record Row(String area, int number, String state, String proof)
    {
        String id()
        {
            return "%s.%02d".formatted(area, number);
        }
    }

    @Test
    void everyNamedTestExists()
    {
        Map<String, String> sources = sources();
        List<String> missing = new ArrayList<>();
        for (Row row : rows()) {
            for (MatchResult named : PROOF.matcher(row.proof()).results().toList()) {
                String source = sources.get(named.group(1));
                if (source == null || !declares(source, named.group(1), named.group(2))) {
                    missing.add(row.id() + ": " + named.group(1) + "#" + named.group(2));
                }
            }
        }
        assertThat(missing).as("tests that docs/conformance.md names and nobody has written").isEmpty();
    }

    @Test
    void doneHasAProofAndDiffersAReason()
    {
        assertThat(rows()).allSatisfy(row -> {
            assertThat(row.state()).as(row.id()).isIn(STATES);
            if (row.state().equals("done")) {
                assertThat(PROOF.matcher(row.proof()).find()).as("a test that shows " + row.id()).isTrue();
            }
            if (row.state().equals("differs")) {
                assertThat(PROOF.matcher(row.proof()).replaceAll("").replaceAll("[,; ]", "")).as("why " + row.id() + " differs").isNotEmpty();
            }
        });
    }

    @Test
    void idsCountFromOneInEachArea()
    {
        Map<String, Integer> last = new HashMap<>();
        for (Row row : rows()) {
            assertThat(row.number()).as(row.id()).isEqualTo(last.merge(row.area(), 1, Integer::sum));
        }
    }

    @Test
    void theTotalsAreThoseOfTheRows()
    {
        List<Row> rows = rows();
        String totals = "**%d requirements: %d done, %d built, %d differs, %d not yet.**".formatted(rows.size(), count(rows, "done"),
                count(rows, "built"), count(rows, "differs"), count(rows, "not yet"));
        assertThat(TOTALS.matcher(table()).results().map(MatchResult::group)).as("replace that line of docs/conformance.md by this one")
                .containsExactly(totals);
    }

    private static long count(List<Row> rows, String state)
    {
        return rows.stream().filter(row -> row.state().equals(state)).count();
    }

    private static List<Row> rows()
    {
        List<Row> rows = ROW.matcher(table()).results()
                .map(row -> new Row(row.group(1), Integer.parseInt(row.group(2)), row.group(4), row.group(5))).toList();
        assertThat(rows).isNotEmpty();
        assertThat(table().lines().filter(line -> line.matches("\\| [a-z0-9]+\\.\\d.*"))).as("rows that can be read").hasSize(rows.size());
        return rows;
    }

    private static String table()
    {
        return read(TOP.resolve("docs/conformance.md"));
    }

    /** A test method of Java, or a function of a C test that its {@code main} calls. */
    private static boolean declares(String source, String name, String method)
    {
        if (name.endsWith(".c")) {
            return source.contains("\nstatic void " + method + "(") && source.contains("\t" + method + "();");
        }
        int declared = source.indexOf("\n    void " + method + "(");
        // What stands between the member before and this one: its annotations.
        return declared >= 0 && source.substring(Math.max(0, source.lastIndexOf("\n    }\n", declared)), declared).matches("(?s).*@(?:Parameterized)?Test\\b.*");
    }

    private static Map<String, String> sources()
    {
        Map<String, String> sources = new HashMap<>();
        for (String folder : List.of("libcontainer-java/src/test/java", "runtime-cli/src/test/java", "src/test/java", "native-shim/tests")) {
            try (Stream<Path> files = Files.walk(TOP.resolve(folder))) {
                files.filter(file -> file.toString().matches(".*Test\\.java|.*_test\\.c")).forEach(file -> {
                    String name = file.getFileName().toString();
                    assertThat(sources.put(name.endsWith(".java") ? name.substring(0, name.length() - 5) : name, read(file)))
                            .as("two tests with the name " + name).isNull();
                });
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return sources;
    }

    private static String read(Path file)
    {
        try {
            return Files.readString(file);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
