using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeerProxy.Bench.Framework;

/// <summary>Writes a scenario's results: <c>results.json</c> (all of it) and <c>samples.csv</c> (one sample per line), and its plots as SVG.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <param name="dataFolder">For JSON and CSV.</param>
    /// <param name="plotFolder">For the plots; null: none are written.</param>
    public static void Write(ScenarioResults results, bool isQuick, string dataFolder, string? plotFolder)
    {
        Directory.CreateDirectory(dataFolder);
        File.WriteAllText(Path.Combine(dataFolder, "results.json"), ToJson(results, isQuick).ToJsonString(_json) + "\n");
        File.WriteAllText(Path.Combine(dataFolder, "samples.csv"), ToCsv(results));
        if (plotFolder is null)
        {
            return;
        }

        Directory.CreateDirectory(plotFolder);
        foreach (var plot in results.Plots)
        {
            File.WriteAllText(Path.Combine(plotFolder, $"{results.Scenario}-{plot.Name}.svg"), plot.ToSvg());
        }
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
