using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeerProxy.Bench.Framework.Plotting;

namespace PeerProxy.Bench.Framework;

/// <summary>Writes a scenario's results: <c>results.json</c> (all of it) and <c>samples.csv</c> (one sample per line), and its plots as SVG.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <param name="dataFolder">For JSON and CSV.</param>
    /// <param name="plotFolder">For the same data with the plots; null: none are written.</param>
    public static void Write(ScenarioResults results, bool isQuick, string dataFolder, string? plotFolder)
    {
        WriteData(results, isQuick, dataFolder);
        if (plotFolder is null)
        {
            return;
        }

        WriteData(results, isQuick, plotFolder);
        foreach (var plot in results.Plots.Count > 0 ? results.Plots : UsualPlots(results))
        {
            File.WriteAllText(Path.Combine(plotFolder, $"{plot.Name}.svg"), plot.ToSvg());
        }
    }

    /// <summary>Of a scenario that draws none of its own: all series of a unit in one.</summary>
    private static IEnumerable<Plot> UsualPlots(ScenarioResults results) =>
        results.Series.GroupBy(series => series.Unit)
            .Select(group => new BarPlot(FileName(group.Key), $"{results.Scenario} ({group.Key})", group.Key, [.. group]));

    /// <summary>A unit as a file's name.</summary>
    private static string FileName(string unit) => unit switch
    {
        "%" => "percent",
        "" => "count",
        _ => string.Concat(unit.ToLowerInvariant().Replace("/", "-per-", StringComparison.Ordinal).Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')),
    };

    private static void WriteData(ScenarioResults results, bool isQuick, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "results.json"), ToJson(results, isQuick).ToJsonString(_json) + "\n");
        File.WriteAllText(Path.Combine(folder, "samples.csv"), ToCsv(results));
    }

    private static JsonObject ToJson(ScenarioResults results, bool isQuick) => new()
    {
        ["scenario"] = results.Scenario,
        ["quick"] = isQuick,
        ["at"] = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
        ["machine"] = JsonSerializer.SerializeToNode(Machine.Current),
        ["series"] = new JsonArray([.. results.Series.Select(ToJson)]),
        ["comparisons"] = new JsonArray([.. results.Comparisons.Select(ToJson)]),
        ["notes"] = new JsonArray([.. results.Notes.Select(note => JsonValue.Create(note))]),
    };

    private static JsonObject ToJson(Series series) => new()
    {
        ["name"] = series.Name,
        ["unit"] = series.Unit,
        ["median"] = Number(series.Median),
        ["p10"] = Number(series.P10),
        ["p90"] = Number(series.P90),
        ["samples"] = new JsonArray([.. series.Samples.Select(Number)]),
    };

    private static JsonObject ToJson(Comparison comparison) => new()
    {
        ["name"] = comparison.Name,
        ["value"] = Number(comparison.Value),
        ["unit"] = comparison.Unit,
        ["goal"] = comparison.Goal,
        ["met"] = comparison.IsMet,
    };

    /// <summary>JSON knows no infinity.</summary>
    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static string ToCsv(ScenarioResults results)
    {
        var text = new StringBuilder("series,unit,index,value\n");
        foreach (var series in results.Series)
        {
            for (var index = 0; index < series.Samples.Count; index++)
            {
                text.Append(CultureInfo.InvariantCulture, $"\"{series.Name}\",{series.Unit},{index},{series.Samples[index]:R}\n");
            }
        }

        return text.ToString();
    }
}
