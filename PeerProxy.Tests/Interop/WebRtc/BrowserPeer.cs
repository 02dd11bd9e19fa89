using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.Interop.WebRtc;

/// <summary>An RTCPeerConnection in a page, and the signaling between it and one of ours.</summary>
internal sealed class BrowserPeer(IBrowserPage page)
{
    /// <summary>
    /// <c>peer.channel(label, options)</c> makes a channel with its state: with <c>echo</c> every message goes back, with <c>collect</c> it is
    /// kept for hashing, else only counted.
    /// </summary>
    public const string Html =
        """
        <!doctype html><title>peer</title><script>
        const peer = window.peer = {
          pc: null, channels: {}, candidates: [], echoAll: false,
          create(configuration) {
            this.pc = new RTCPeerConnection(configuration ?? {});
            this.channels = {};
            this.candidates = [];
            this.pc.onicecandidate = e => { if (e.candidate) this.candidates.push(e.candidate.candidate); };
            this.pc.ondatachannel = e => this.watch(e.channel);
          },
          channel(label, options) { return this.watch(this.pc.createDataChannel(label, options)); },
          watch(channel) {
            channel.binaryType = 'arraybuffer';
            const state = { channel, bytes: 0, count: 0, parts: [], echo: false, collect: false };
            state.opened = channel.readyState === 'open' ? Promise.resolve() : new Promise(done => channel.addEventListener('open', () => done()));
            state.closed = new Promise(done => channel.addEventListener('close', () => done()));
            channel.onmessage = e => {
              const data = e.data;
              state.count++;
              state.bytes += data.byteLength ?? data.length;
              if (state.collect) state.parts.push(new Uint8Array(data));
              if (state.echo || this.echoAll) channel.send(data);
              state.onCount?.();
            };
            this.channels[channel.label] = state;
            return state;
          },
          async waitFor(state, condition) {
            while (!condition()) await new Promise(done => { state.onCount = done; setTimeout(done, 100); });
          },
          async gathered() {
            while (this.pc.iceGatheringState !== 'complete') await new Promise(done => setTimeout(done, 20));
            return this.candidates;
          },
          async sha(parts) {
            let length = 0; for (const p of parts) length += p.byteLength;
            const all = new Uint8Array(length); let at = 0;
            for (const p of parts) { all.set(p, at); at += p.byteLength; }
            const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
            return Array.from(hash, b => b.toString(16).padStart(2, '0')).join('');
          },
          async send(state, data) {
            while (state.channel.bufferedAmount > 1 << 20) {
              state.channel.bufferedAmountLowThreshold = 1 << 19;
              await new Promise(done => { state.channel.onbufferedamountlow = done; setTimeout(done, 200); });
            }
            state.channel.send(data);
          },
        };
        </script>
        """;

    public IBrowserPage Page => page;

    /// <summary>The browser offers, we answer; its candidates follow. Channels are made by <paramref name="setup"/>, a piece of script.</summary>
    public async Task ConnectToAsync(IPeerConnection connection, string setup)
    {
        var offer = await page.RunAsync(
            $$"""
            peer.create();
            {{setup}}
            await peer.pc.setLocalDescription();
            return peer.pc.localDescription.sdp;
            """);
        var answer = await connection.AcceptOfferAsync(offer.GetString()!);
        await page.RunAsync("await peer.pc.setRemoteDescription({ type: 'answer', sdp: arg });", answer);
        await TrickleAsync(connection);
    }

    /// <summary>We offer, the browser answers.</summary>
    public async Task AnswerAsync(IPeerConnection connection, string setup)
    {
        var offer = await connection.CreateOfferAsync();
        var answer = await page.RunAsync(
            $$"""
            peer.create();
            {{setup}}
            await peer.pc.setRemoteDescription({ type: 'offer', sdp: arg });
            await peer.pc.setLocalDescription();
            return peer.pc.localDescription.sdp;
            """,
            offer);
        await connection.AcceptAnswerAsync(answer.GetString()!);
        await TrickleAsync(connection);
    }

    private async Task TrickleAsync(IPeerConnection connection)
    {
        foreach (var candidate in (await page.RunAsync("return await peer.gathered();")).EnumerateArray())
        {
            connection.AddRemoteCandidate(candidate.GetString());
        }

        connection.AddRemoteCandidate(null);
    }
}
