using System.Globalization;

namespace PeerProxy.Fuzz;

/// <summary>The command line.</summary>
public sealed class FuzzOptions
{
    /// <summary>Name of a target, or "all".</summary>
    public string Target { get; private set; } = "";

    /// <summary>Time per target.</summary>
    public int Seconds { get; private set; } = 10;

    public int Seed { get; private set; } = Environment.TickCount & int.MaxValue;

    /// <summary>Run this one input instead of many.</summary>
    public string? Input { get; private set; }

    /// <summary>Take inputs from libfuzzer-dotnet.</summary>
    public bool IsLibFuzzer { get; private set; }

    public static FuzzOptions Parse(string[] arguments)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--seconds" when i + 1 < arguments.Length:
                    options.Seconds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--seed" when i + 1 < arguments.Length:
                    options.Seed = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--input" when i + 1 < arguments.Length:
                    options.Input = arguments[++i];
                    break;
                case "--libfuzzer":
                    options.IsLibFuzzer = true;
                    break;
                default:
                    options.Target = arguments[i];
                    break;
            }
        }

        return options;
    }
}
