using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace PeerProxy.ServiceDefaults;

/// <summary>Log levels that keep a service's console readable: its own words, and only warnings of the frameworks under it.</summary>
public static class LogLevelDefaults
{
    /// <summary>
    /// Adds the levels below every other configuration source, so that a settings file, a variable such as
    /// <c>Logging__LogLevel__Yarp=Debug</c> or the command line overrides them.
    /// </summary>
    public static TBuilder AddLogLevelDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft"] = "Warning",
                ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
                ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
                ["Logging:LogLevel:Polly"] = "Warning",
                ["Logging:LogLevel:Yarp"] = "Warning",
            },
        });
        return builder;
    }
}
