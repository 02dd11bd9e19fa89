using System.Diagnostics;
using System.Diagnostics.Metrics;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Registry;

namespace PeerProxy.Signaling.Telemetry;

/// <summary>The node's numbers, in the meter <c>PeerProxy.Signaling</c>.</summary>
internal sealed class SignalingMetrics
{
    public const string MeterName = "PeerProxy.Signaling";

    private readonly UpDownCounter<int> _sockets;
    private readonly Counter<long> _receivedBytes;
    private readonly Counter<long> _registrations;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _cutOff;
    private readonly Counter<long> _routed;
    private readonly Histogram<double> _routeDuration;

    public SignalingMetrics(IMeterFactory meters, ConnectionTable connections, IPeerRegistry registry)
    {
        var meter = meters.Create(MeterName);
        _sockets = meter.CreateUpDownCounter<int>("peerproxy.signaling.sockets", "{socket}", "Open sockets by role.");
        meter.CreateObservableGauge("peerproxy.signaling.agents", () => connections.AgentCount, "{agent}", "Agents registered at this node.");
        meter.CreateObservableGauge(
            "peerproxy.signaling.registry.available", () => registry.IsAvailable ? 1 : 0, description: "1 while the registry answers.");
        _receivedBytes = meter.CreateCounter<long>("peerproxy.signaling.received", "By", "Bytes of messages received.");
        _registrations = meter.CreateCounter<long>("peerproxy.signaling.registrations", "{registration}", "Registrations by result.");
        _refused = meter.CreateCounter<long>("peerproxy.signaling.refused", "{message}", "Messages answered with an error, by code.");
        _rejected = meter.CreateCounter<long>("peerproxy.signaling.rejected", "{socket}", "Sockets not accepted, by limit.");
        _cutOff = meter.CreateCounter<long>("peerproxy.signaling.cut_off", "{socket}", "Sockets cut off, by reason.");
        _routed = meter.CreateCounter<long>("peerproxy.signaling.routed", "{message}", "Messages relayed, by type, hop and result.");
        _routeDuration = meter.CreateHistogram<double>(
            "peerproxy.signaling.route.duration", "s", "From the arrival of a message to its hand-over to the socket or the other node.");
    }

    public void Opened(bool isVisitor) => _sockets.Add(1, Role(isVisitor));

    public void Closed(bool isVisitor) => _sockets.Add(-1, Role(isVisitor));

    public void Received(int bytes) => _receivedBytes.Add(bytes);

    public void Registration(SignalingErrorCode result) => _registrations.Add(1, Result(result));

    public void Refused(SignalingErrorCode code) => _refused.Add(1, Result(code));

    public void Rejected(string limit) => _rejected.Add(1, new KeyValuePair<string, object?>("limit", limit));

    public void CutOff(CutOffReason reason) => _cutOff.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Routed(string messageType, bool isRemote, SignalingErrorCode result, TimeSpan duration)
    {
        var tags = new TagList
        {
            { "type", messageType },
            { "hop", isRemote ? "remote" : "local" },
            { "result", result == SignalingErrorCode.None ? "ok" : SignalingErrorInfo.Of(result).Name },
        };
        _routed.Add(1, tags);
        _routeDuration.Record(duration.TotalSeconds, tags);
    }

    private static KeyValuePair<string, object?> Role(bool isVisitor) => new("role", isVisitor ? "visitor" : "agent");

    private static KeyValuePair<string, object?> Result(SignalingErrorCode code) =>
        new("result", code == SignalingErrorCode.None ? "ok" : SignalingErrorInfo.Of(code).Name);
}
