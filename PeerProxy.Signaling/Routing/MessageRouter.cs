using System.Diagnostics;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Registry;
using PeerProxy.Signaling.Telemetry;

namespace PeerProxy.Signaling.Routing;

/// <summary>Brings a message to the socket it is addressed to, on this node or another.</summary>
/// <remarks>
/// 1. Visitor to agent: this node's table, else the registry tells the node. 2. Agent to visitor: the visitor's id tells the node.
/// 3. Between nodes: one message over the bus. 4. The receiving node hands it to the socket, or sends an error back the same way.
/// </remarks>
internal sealed class MessageRouter(
    NodeIdentity node, ConnectionTable connections, IPeerRegistry registry, INodeBus bus, SignalingMetrics metrics, TimeProvider time)
{
    // From the registry's answer to the table is a few lines of code; this is for a machine that is busy. A lease that leads to nobody costs its visitor as much.
    private static readonly TimeSpan ArrivalTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ArrivalPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Relays a visitor's message to its agent.</summary>
    public async ValueTask<SignalingErrorCode> ToAgentAsync(SignalingConnection visitor, PeerId peer, SignalingPayload payload)
    {
        var started = time.GetTimestamp();
        using var activity = SignalingActivity.Start(payload.MessageType, ActivityKind.Server);
        var text = SignalingCodec.Write(new SignalingEnvelope(payload, peer.Value, visitor.PublicId));
        if (connections.FindAgent(peer) is { } agent)
        {
            // 1. The agent is here, unless its socket is closing: then it may have moved.
            var here = DeliverToAgent(agent, payload.MessageType, text);
            if (here != SignalingErrorCode.PeerOffline)
            {
                metrics.Routed(payload.MessageType, isRemote: false, here, time.GetElapsedTime(started));
                return here;
            }
        }
        var found = await registry.FindAsync(peer, CancellationToken.None).ConfigureAwait(false);
        var result = found.Status switch
        {
            PeerLookupStatus.Live => SignalingErrorCode.None,
            PeerLookupStatus.Offline => SignalingErrorCode.PeerOffline,
            PeerLookupStatus.Unknown => SignalingErrorCode.UnknownPeer,
            _ => SignalingErrorCode.Unavailable,
        };
        if (result == SignalingErrorCode.None)
        {
            var message = new NodeMessage(
                NodeMessageKind.Deliver, peer.Value, visitor.PublicId, payload.MessageType, SignalingActivity.TraceParent(activity), text);
            if (found.Route == node.Route)
            {
                result = await DeliverToArrivingAsync(message).ConfigureAwait(false);
            }
            // A lease of a node that died without a word leads to nobody.
            else if (!await bus.PublishAsync(found.Route!, message, CancellationToken.None).ConfigureAwait(false))
            {
                result = registry.IsAvailable ? SignalingErrorCode.PeerOffline : SignalingErrorCode.Unavailable;
            }
        }
        metrics.Routed(payload.MessageType, isRemote: true, result, time.GetElapsedTime(started));
        return result;
    }

    /// <summary>Relays an agent's message to a visitor.</summary>
    public async ValueTask<SignalingErrorCode> ToVisitorAsync(SignalingConnection agent, VisitorId visitor, SignalingPayload payload)
    {
        var started = time.GetTimestamp();
        using var activity = SignalingActivity.Start(payload.MessageType, ActivityKind.Server);
        var text = SignalingCodec.Write(new SignalingEnvelope(payload, visitor.Value, agent.PublicId));
        // 2. The id names the node.
        var isRemote = visitor.Route != node.Route;
        bool delivered;
        if (isRemote)
        {
            var message = new NodeMessage(
                NodeMessageKind.Deliver, visitor.Value, agent.PublicId, payload.MessageType, SignalingActivity.TraceParent(activity), text);
            delivered = await bus.PublishAsync(visitor.Route, message, CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            delivered = connections.FindVisitor(visitor) is { } connection && connection.Send(text);
        }
        var result = delivered ? SignalingErrorCode.None : SignalingErrorCode.PeerOffline;
        metrics.Routed(payload.MessageType, isRemote, result, time.GetElapsedTime(started));
        return result;
    }

    /// <summary>Tells the node of a replaced registration.</summary>
    public async ValueTask SupersedeAsync(PeerId peer, ReplacedRegistration replaced)
    {
        // A node that is gone took the socket with it, so it does not matter whether anybody listens.
        await bus.PublishAsync(
            replaced.Route, new NodeMessage(NodeMessageKind.Supersede, peer.Value, replaced.Connection, "", "", default), CancellationToken.None)
            .ConfigureAwait(false);
    }

    /// <summary>Handles what another node sent; called in order, must not block.</summary>
    public void Receive(NodeMessage message)
    {
        if (message.Kind == NodeMessageKind.Supersede)
        {
            if (PeerId.TryParse(message.Target, out var id) && connections.FindAgent(id) is { } former && former.Id == message.Sender)
            {
                connections.RemoveAgent(id, former);
                Supersede(former);
            }
            return;
        }
        using var activity = SignalingActivity.Start(message.About, ActivityKind.Consumer, message.TraceParent);
        if (VisitorId.TryParse(message.Target, out var visitorId))
        {
            // A visitor that has left needs nothing any more, and its agent learns of it from the session.
            connections.FindVisitor(visitorId)?.Send(message.Text);
            return;
        }
        if (!PeerId.TryParse(message.Target, out var peer))
        {
            return;
        }
        var result = connections.FindAgent(peer) is { } agent ? DeliverToAgent(agent, message.About, message.Text) : SignalingErrorCode.PeerOffline;
        if (result == SignalingErrorCode.PeerOffline)
        {
            // The registry named this node: to the sender before the agent moved, to a node that forwards it as where the agent is about to be.
            _ = message.Kind == NodeMessageKind.Deliver ? SendAfterAsync(message, peer) : AnswerArrivingAsync(message);
        }
        else
        {
            Answer(message, result);
        }
    }

    /// <summary>The agent moved between the sender's look-up and now: once more, with what the registry says now.</summary>
    private async Task SendAfterAsync(NodeMessage message, PeerId peer)
    {
        var found = await registry.FindAsync(peer, CancellationToken.None).ConfigureAwait(false);
        if (found.Status == PeerLookupStatus.Live && found.Route == node.Route)
        {
            await AnswerArrivingAsync(message).ConfigureAwait(false);
        }
        else if (found.Status != PeerLookupStatus.Live
            || !await bus.PublishAsync(found.Route!, message with { Kind = NodeMessageKind.DeliverForwarded }, CancellationToken.None).ConfigureAwait(false))
        {
            Answer(message, SignalingErrorCode.PeerOffline);
        }
    }

    /// <summary>The registry names this node already, but its table not yet: a registration is being finished, or a lease is left from a former socket.</summary>
    private async ValueTask<SignalingErrorCode> DeliverToArrivingAsync(NodeMessage message)
    {
        var peer = PeerId.Parse(message.Target);
        var started = time.GetTimestamp();
        do
        {
            await Task.Delay(ArrivalPoll, time).ConfigureAwait(false);
            if (connections.FindAgent(peer) is { } agent && DeliverToAgent(agent, message.About, message.Text) is not SignalingErrorCode.PeerOffline and var result)
            {
                return result;
            }
        }
        while (time.GetElapsedTime(started) < ArrivalTime);
        return SignalingErrorCode.PeerOffline;
    }

    private async Task AnswerArrivingAsync(NodeMessage message) => Answer(message, await DeliverToArrivingAsync(message).ConfigureAwait(false));

    /// <summary>Tells the visitor's node that its message was not delivered.</summary>
    private void Answer(NodeMessage message, SignalingErrorCode result)
    {
        if (result != SignalingErrorCode.None && VisitorId.TryParse(message.Sender, out var sender))
        {
            // 4. Back to the visitor's node, which may be this one.
            var error = SignalingCodec.Write(new SignalingEnvelope(ErrorPayload.Of(result, message.About), sender.Value));
            if (sender.Route == node.Route)
            {
                connections.FindVisitor(sender)?.Send(error);
                return;
            }
            _ = bus.PublishAsync(
                sender.Route, new NodeMessage(NodeMessageKind.Deliver, sender.Value, message.Target, SignalingMessageType.Error, "", error), CancellationToken.None);
        }
    }

    /// <summary>Tells a socket that a newer one took its place, and closes it.</summary>
    public static void Supersede(SignalingConnection former)
    {
        former.Send(ErrorPayload.Of(SignalingErrorCode.Superseded));
        former.Close(System.Net.WebSockets.WebSocketCloseStatus.PolicyViolation, "superseded");
    }

    private static SignalingErrorCode DeliverToAgent(SignalingConnection agent, string messageType, ReadOnlyMemory<byte> text)
    {
        if (messageType == SignalingMessageType.Offer && !agent.TryTakeOffer())
        {
            return SignalingErrorCode.RateLimited;
        }
        return agent.Send(text) ? SignalingErrorCode.None : SignalingErrorCode.PeerOffline;
    }
}
