using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Visitors;

/// <summary>The lanes of one visitor session (docs/protocol.md, section 8): asks for them when uploads lose packets, and takes those the visitor opens.</summary>
/// <param name="create">Makes a peer connection like the session's first.</param>
internal sealed class VisitorLanes(TunnelConnection tunnel, Func<IPeerConnection> create) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly LaneAdvisor _advisor = new();
    private readonly Dictionary<int, IPeerConnection> _lanes = [];
    private bool _isDisposed;

    /// <summary>The first association received something. Called on its loop.</summary>
    public void OnProgress(ReceiveProgress progress)
    {
        if (_advisor.OnProgress(progress))
        {
            Send(new LaneMessage(LaneMessage.Wanted, _advisor.Lanes));
        }
    }

    /// <summary>Takes a CONTROL payload, whatever it is about.</summary>
    public void OnControl(ReadOnlyMemory<byte> json)
    {
        if (!LaneMessage.TryRead(json.Span, out var message))
        {
            return;
        }

        switch (message.Type)
        {
            case LaneMessage.Offer:
                _ = AnswerAsync(message);
                break;
            case LaneMessage.Trickle:
                lock (_gate)
                {
                    _lanes.GetValueOrDefault(message.Lane)?.AddRemoteCandidate(message.Candidate);
                }

                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        IPeerConnection[] lanes;
        lock (_gate)
        {
            _isDisposed = true;
            lanes = [.. _lanes.Values];
            _lanes.Clear();
        }

        foreach (var lane in lanes)
        {
            await lane.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(LaneMessage offer)
    {
        IPeerConnection? opened = null;
        try
        {
            IPeerConnection? lane;
            IDataChannel? channel = null;
            lock (_gate)
            {
                if (_isDisposed)
                {
                    return;
                }

                if (!_lanes.TryGetValue(offer.Lane, out lane))
                {
                    lane = opened = create();
                    _lanes.Add(offer.Lane, lane);
                    channel = TunnelChannels.OpenLane(lane);
                    lane.LocalCandidateFound += candidate => Send(new LaneMessage(LaneMessage.Trickle, offer.Lane, Candidate: candidate ?? ""));
                }
            }

            var answer = await lane.AcceptOfferAsync(offer.Sdp!).ConfigureAwait(false);
            Send(new LaneMessage(LaneMessage.Answer, offer.Lane, Sdp: answer));
            if (channel is not null)
            {
                await lane.Connected.ConfigureAwait(false);
                tunnel.AddLane(channel);
            }
        }
        catch (Exception exception) when (exception is PeerConnectionException or ObjectDisposedException)
        {
            // Nothing has gone over a lane that never opened: the session does without it, or is over itself.
            if (opened is not null)
            {
                lock (_gate)
                {
                    _lanes.Remove(offer.Lane);
                }

                await opened.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private void Send(LaneMessage message) => tunnel.SendControl(message.Write());
}
