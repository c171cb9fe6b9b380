"""Turns what scripts/bench measured into docs/benchmarks.md's table and a chart."""
import glob
import json
import os
import platform
import statistics
import sys

work, table_file, chart_file, rounds = sys.argv[1:]
NAMES = [("floor", "kernel floor"), ("resident", "jrunc, resident engine"), ("one-shot", "jrunc, one-shot engine"), ("crun", "crun"), ("runc", "runc")]
CASES = [("run", "`run /bin/true`"), ("run2", "the same on cgroup v2"), ("exec", "`exec /bin/true`"), ("life", "create + start + delete"), ("rich", "`run` with 60 more mounts and seccomp"), ("par20", "20 at once"), ("par100", "100 at once")]
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def median(case, name, part=""):
    times = []
    for path in glob.glob(os.path.join(work, f"{case}.{name}.{part}*.json")):
        with open(path) as file:
            times += json.load(file)["results"][0]["times"]
    return statistics.median(times) * 1000 if times else None


def memory(name):
    try:
        with open(os.path.join(work, f"rss.{name}")) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


results = {(case, name): median(case, name) for case, _ in CASES for name, _ in NAMES}


def cell(case, name):
    value = results[case, name]
    if value is None:
        return "-"
    base = results[case, "runc"]
    return f"{value:.1f} ms" + (f" ({value / base:.2f}x runc)" if base and name != "runc" else "")


def table():
    lines = [f"Medians of {rounds} rounds in alternating order, Linux {platform.release()}, {os.cpu_count()} CPUs, {platform.machine()}.", ""]
    lines.append("| | " + " | ".join(title for _, title in CASES) + " | peak memory while attached |")
    lines.append("| --- |" + " ---: |" * (len(CASES) + 1))
    for name, title in NAMES:
        if any(results[case, name] for case, _ in CASES):
            used = memory(name)
            lines.append(f"| {title} | " + " | ".join(cell(case, name) for case, _ in CASES) + f" | {f'{used} KiB' if used else '-'} |")
    peak, now = memory("engine-HWM"), memory("engine-RSS")
    if peak and now:
        lines += ["", f"The resident engine's own memory: {peak / 1024:.0f} MiB at its peak, with 100 commands at once; {now / 1024:.0f} MiB afterwards."]
    # Each beside the turns of the floor that it took turns with.
    times = [f"{results[case, 'resident'] / median(case, 'floor', 'resident-'):.2f} times{where}" for case, where in [("run", ""), ("run2", " where all cgroups are v2")]
             if results[case, "resident"] and median(case, "floor", "resident-")]
    if times:
        lines += ["", "`run /bin/true` with a resident engine takes " + " and ".join(times) + " what the kernel's own work takes."]
    return "\n".join(lines)


def chart():
    bars = [(title, results["run", name]) for name, title in NAMES if results["run", name]]
    longest = max(value for _, value in bars)
    height = 40 + 34 * len(bars)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif" font-size="14">',
           f'<rect width="760" height="{height}" fill="#fff"/>',
           '<text x="10" y="22" font-weight="bold">run /bin/true, median wall time (shorter is better)</text>']
    for i, (title, value) in enumerate(bars):
        y, width = 40 + 34 * i, 420 * value / longest
        colour = "#2f6f9f" if title.startswith("jrunc") else "#9aa5ad"
        out.append(f'<text x="200" y="{y + 17}" text-anchor="end">{title}</text>'
                   f'<rect x="210" y="{y}" width="{width:.1f}" height="24" fill="{colour}"/>'
                   f'<text x="{220 + width:.1f}" y="{y + 17}">{value:.1f} ms</text>')
    return "\n".join(out + ["</svg>", ""])


text = table()
print(text)
page = f"# Benchmarks\n\n`scripts/bench` measures and writes the table below and `benchmarks.svg`.\n\n![run /bin/true](benchmarks.svg)\n\n{BEGIN}\n{END}\n"
if os.path.exists(table_file):
    with open(table_file) as file:
        page = file.read()
before, _, rest = page.partition(BEGIN)
with open(table_file, "w") as file:
    file.write(before + BEGIN + "\n" + text + "\n" + END + rest.partition(END)[2])
with open(chart_file, "w") as file:
    file.write(chart())
