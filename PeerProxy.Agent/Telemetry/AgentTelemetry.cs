using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PeerProxy.Agent.Telemetry;

/// <summary>The agent's one activity source and one meter; names are a contract with dashboards.</summary>
public static class AgentTelemetry
{
    public const string Name = "PeerProxy.Agent";

    internal static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly UpDownCounter<long> ActiveVisitors = Meter.CreateUpDownCounter<long>("peerproxy.agent.visitors.active", "{visitor}");

    internal static readonly UpDownCounter<long> ActiveRequests = Meter.CreateUpDownCounter<long>("peerproxy.agent.requests.active", "{request}");

    internal static readonly Counter<long> ResponseBytes = Meter.CreateCounter<long>("peerproxy.agent.response.bytes", "By");

    internal static readonly Counter<long> TargetFailures = Meter.CreateCounter<long>("peerproxy.agent.target.failures", "{failure}");

    internal static readonly Histogram<double> RequestDuration = Meter.CreateHistogram<double>("peerproxy.agent.request.duration", "s");
}
