using System.Globalization;
using PeerProxy.Fuzz;
using SharpFuzz;

// Usage: PeerProxy.Fuzz all|TARGET [--seconds N] [--seed N] [--input FILE] [--libfuzzer]
// Ends with 1 at the first finding, which is left in a file that --input takes.
var options = FuzzOptions.Parse(args);
var targets = FuzzTargets.Create().Where(target => options.Target == "all" || target.Name == options.Target).ToList();
if (targets.Count == 0)
{
    Console.Error.WriteLine($"Name a target: all, {string.Join(", ", FuzzTargets.Create().Select(target => target.Name))}.");
    return 2;
}

if (options.IsLibFuzzer)
{
    // The assembly must have been instrumented by the sharpfuzz tool, and libfuzzer-dotnet starts this program.
    Fuzzer.LibFuzzer.Run(input =>
    {
        targets[0].Prepare();
        targets[0].Run(input);
    });
    return 0;
}

foreach (var target in targets)
{
    var run = new FuzzRun(target, FuzzCorpus.Read(target), options.Seed);
    try
    {
        if (options.Input is { } file)
        {
            run.Feed(File.ReadAllBytes(file));
        }
        else
        {
            run.Run(long.MaxValue, TimeSpan.FromSeconds(options.Seconds));
        }
    }
    catch (FuzzFindingException finding)
    {
        var name = $"finding-{target.Name}-{options.Seed.ToString(CultureInfo.InvariantCulture)}.bin";
        File.WriteAllBytes(name, finding.Input);
        Console.Error.WriteLine($"{finding.Message}; the input is in {name}.\n{finding.InnerException}");
        return 1;
    }

    Console.WriteLine($"{target.Name}: {run.Inputs} inputs, nothing found");
}

return 0;
