using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>A Python application: log in, upload, compute in a tab of its own, save, download and log out.</summary>
public sealed class JupyterTests : RealAppTest
{
    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Notebook_CellRunsOnAnUploadedFile_ByClicking(Route route)
    {
        var app = await Jupyter.StartAsync();
        var tab = await OpenAsync(app, route, "/");
        var page = (ChromiumPage)tab.Page;
        await tab.FillAsync("#password_input", Jupyter.Password);
        await tab.ClickAsync("#login_submit");

        await tab.WaitForElementAsync("#upload_span_input");
        await tab.WaitForElementAsync("#kernel-python3 a");
        var table = Path.Combine(app.Folder, "table.csv");
        await File.WriteAllTextAsync(table, "name,height\nAda,165\n", TestContext.Current.CancellationToken);
        await page.ChooseFilesAsync("#upload_span_input", route == Route.Proxied, table);
        await tab.ClickAsync(".upload_button");
        await tab.WaitForAsync("return [...document.querySelectorAll('.item_link')].some(link => link.textContent === 'table.csv')");

        // The site opens an empty tab and gives it the address later.
        await tab.ClickAsync("#new-dropdown-button");
        var opened = await page.WaitForTabAsync(() => tab.ClickAsync("#kernel-python3 a"));
        var notebook = new SiteTab(opened, route, tab.BaseUrl);
        await notebook.WaitForAsync("return document.querySelector('#kernel_indicator_icon')?.className.includes('kernel_idle') === true");
        await notebook.ClickAsync(".CodeMirror");
        await opened.Page.Keyboard.TypeAsync("for i in range(3): print(i, open('table.csv').read().split(',')[-1])");
        await opened.Page.Keyboard.PressAsync("Shift+Enter");
        await notebook.WaitForAsync("return document.querySelector('.output_stdout')?.innerText.includes('2 165') === true");

        await notebook.ClickAsync("#save-notbook button");
        await notebook.WaitForAsync("return (await (await fetch('/api/contents/Untitled.ipynb')).json()).content.cells[0].source.startsWith('for i')");

        await tab.ClickAsync("#logout");
        await tab.WaitForAsync("return document.body.innerText.includes('Successfully logged out')");
        Assert.Equal(403, (await tab.RunAsync("return (await fetch('/api/contents')).status")).GetInt32());
    }
}
