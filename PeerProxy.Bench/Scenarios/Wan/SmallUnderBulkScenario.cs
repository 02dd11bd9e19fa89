using PeerProxy.Bench.Framework;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>How long small requests take while a large download has the path, beside what they take alone.</summary>
internal sealed class SmallUnderBulkScenario : IScenario
{
    /// <summary>Requests one after the other; with <c>bulk</c> beside a download that is taken back at the end.</summary>
    private const string Script = """
        const control = new AbortController();
        let bulkBytes = 0;
        const started = performance.now();
        let bulk = Promise.resolve();
        if (arg.bulk) {
          bulk = (async () => {
            const response = await fetch('/bytes/1000000000', { signal: control.signal });
            const reader = response.body.getReader();
            for (;;) {
              const { done, value } = await reader.read();
              if (done) { return; }
              bulkBytes += value.byteLength;
            }
          })().catch(() => undefined);
          await new Promise(resolve => setTimeout(resolve, 3000));
        }
        const times = [];
        for (let i = 0; i < arg.count; i++) {
          const at = performance.now();
          const body = await (await fetch('/bytes/1024?' + Math.random())).arrayBuffer();
          if (body.byteLength !== 1024) { throw new Error('short'); }
          times.push(performance.now() - at);
          await new Promise(resolve => setTimeout(resolve, 20));
        }
        const megabits = bulkBytes * 8 / 1000 / (performance.now() - started);
        control.abort();
        await bulk;
        return { times, megabits };
        """;

    private static readonly WanPath _path = new(50, 50, 1);

    public string Name => "small-under-bulk";

    public string Description => "1 KB requests while a large download runs at 50 ms and 1 % loss, beside the same requests alone";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var count = context.Repeats(400, 120);
        await using var bed = await WanBed.StartAsync();
        await bed.SetPathAsync(_path, isUpload: false);
        await bed.VisitAsync();
        foreach (var (series, bulk) in new[] { ("alone", false), ("beside a download", true) })
        {
            context.Report(bulk ? 1 : 0, 2, series);
            var result = await bed.RunAsync(Script, new { count, bulk });
            foreach (var time in result.GetProperty("times").EnumerateArray().Select(time => time.GetDouble()))
            {
                context.Results.Add(series, "ms", time);
            }

            if (bulk)
            {
                context.Results.Add("the download", "Mbit/s", result.GetProperty("megabits").GetDouble());
            }
        }

        var ratio = context.Results["beside a download"].Quantile(0.95) / context.Results["alone"].Median;
        context.Results.Judge("95th percentile beside a download / median alone", ratio, "x", atMost: 2);
    }
}
