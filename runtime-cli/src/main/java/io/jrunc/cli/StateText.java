package io.jrunc.cli;

import io.jrunc.lifecycle.ContainerView;
import io.jrunc.spec.GoJson;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Containers as {@code state} and {@code list} print them: the fields and their order are what managers parse.
 */
final class StateText
{
    private static final List<String> HEADER = List.of("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
    private static final int LEAST_WIDTH = 12;
    private static final int PADDING = 3;

    /** With as many digits of a second as there are, without zeros at the end. */
    private static final DateTimeFormatter RFC_3339 = new DateTimeFormatterBuilder().appendInstant(-1).toFormatter();

    private StateText() {}

    /** An object, indented by two blanks, without a newline at its end. */
    static String of(ContainerView container)
    {
        return GoJson.print(node(container), "  ");
    }

    /** One line; {@code null} when there is none. */
    static String array(List<ContainerView> containers)
    {
        if (containers.isEmpty()) {
            return "null\n";
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        containers.forEach(container -> array.add(node(container)));
        return array + "\n";
    }

    /** Columns, each as wide as its widest entry and three blanks more, at least twelve. */
    static String table(List<ContainerView> containers)
    {
        List<List<String>> rows = new ArrayList<>(List.of(HEADER));
        for (ContainerView c : containers) {
            rows.add(List.of(c.id(), Integer.toString(c.pid()), c.status(), Legible.lines(c.bundle()), time(c.created()), c.owner()));
        }
        StringBuilder table = new StringBuilder();
        for (List<String> row : rows) {
            for (int column = 0; column < row.size(); column++) {
                int place = column;
                int width = Math.max(LEAST_WIDTH, rows.stream().mapToInt(r -> r.get(place).length()).max().orElse(0) + PADDING);
                table.append(row.get(column));
                if (column < row.size() - 1) {
                    table.repeat(' ', width - row.get(column).length());
                }
            }
            table.append('\n');
        }
        return table.toString();
    }

    private static ObjectNode node(ContainerView container)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("ociVersion", container.ociVersion());
        node.put("id", container.id());
        node.put("pid", container.pid());
        node.put("status", container.status());
        node.put("bundle", container.bundle());
        node.put("rootfs", container.rootfs());
        node.put("created", time(container.created()));
        if (!container.annotations().isEmpty()) {
            ObjectNode annotations = node.putObject("annotations");
            new TreeMap<>(container.annotations()).forEach(annotations::put);
        }
        node.put("owner", container.owner());
        return node;
    }

    private static String time(Instant instant)
    {
        return RFC_3339.format(instant);
    }
}
