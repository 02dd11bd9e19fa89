using System.Globalization;
using Spectre.Console;

namespace PeerProxy.Bench.Framework;

/// <summary>Prints a scenario's results.</summary>
internal static class ResultTable
{
    public static void Print(ScenarioResults results, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumn(results.Scenario)
            .AddColumn(new TableColumn("median").RightAligned()).AddColumn(new TableColumn("p10").RightAligned()).AddColumn(new TableColumn("p90").RightAligned())
            .AddColumn("unit").AddColumn(new TableColumn("n").RightAligned());
        foreach (var series in results.Series)
        {
            table.AddRow(
                Markup.Escape(series.Name), Format(series.Median), Format(series.P10), Format(series.P90), Markup.Escape(series.Unit),
                series.Samples.Count.ToString(CultureInfo.InvariantCulture));
        }

        console.Write(table);
        if (results.Comparisons.Count > 0)
        {
            var comparisons = new Table().Border(TableBorder.Minimal).AddColumn("compared").AddColumn(new TableColumn("value").RightAligned()).AddColumn("goal").AddColumn("");
            foreach (var comparison in results.Comparisons)
            {
                var verdict = comparison.IsMet switch { true => "met", false => "MISSED", null => "" };
                comparisons.AddRow(Markup.Escape(comparison.Name), $"{Format(comparison.Value)} {Markup.Escape(comparison.Unit)}", Markup.Escape(comparison.Goal), verdict);
            }

            console.Write(comparisons);
        }

        foreach (var note in results.Notes)
        {
            console.MarkupLineInterpolated($"[dim]{note}[/]");
        }
    }

    /// <summary>Four digits that count.</summary>
    private static string Format(double value) => Math.Abs(value) switch
    {
        _ when !double.IsFinite(value) => "-",
        >= 1000 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
