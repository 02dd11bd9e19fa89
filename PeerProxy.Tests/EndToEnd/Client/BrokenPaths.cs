using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>Drops connections in front of everything else an application does.</summary>
internal sealed class BrokenPaths : IStartupFilter
{
    /// <summary>Requests whose path begins so get no answer; null: all get theirs.</summary>
    public volatile string? Path;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            if (Path is { } broken && context.Request.Path.Value!.StartsWith(broken, StringComparison.Ordinal))
            {
                context.Abort();
                return;
            }

            await following(context);
        });
        next(app);
    };
}
